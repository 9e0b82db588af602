import { expect } from 'bun:test';
import { hubAddress } from '../../scripts/network/addresses.ts';
import { expectJson } from '../cluster/expectations.ts';
import { kubectlEnvironment } from '../cluster/kubectl.ts';
import { kubectlPath, requireBubblewrap } from '../cluster/required-tools.ts';
import { RunningCommand } from '../cluster/running-command.ts';
import { shareNetwork } from './network-suite.ts';
import { marker, NODE_TRAFFIC, startServer } from './node-traffic.ts';
import { flowsWith } from './read-packets.ts';

requireBubblewrap();
/** A subnet that no node has. */
const CLIENT_SUBNET = 200;
const suite = shareNetwork({ nodes: 1, nats: true });

suite.test(
  'hosts of their own are reached directly, and no text of theirs is on the wire',
  async (cluster) => {
    await using capture = await cluster.network.capture('node-1', cluster.place.home);
    const server = await startServer(cluster);
    const { 'pod proxy': podProxy, 'service proxy': serviceProxy, ...encrypted } = NODE_TRAFFIC;
    const texts = [server.greeting];
    for (const [name, play] of Object.entries(encrypted)) {
      const text = marker(name.replace(' ', '-'));
      texts.push(text);
      await play(cluster, server, text);
    }
    // A pod that serves plain HTTP is on another machine here.
    const plain = marker('plain');
    await expect(podProxy!(cluster, server, plain)).rejects.toThrow('over a link that is not encrypted');
    const { stdout } = await cluster.kubectl(
      '1.36',
      'get',
      'nodes',
      '-o',
      'jsonpath={.items[*].status.addresses}',
    );
    expect(stdout).toContain('10.77.1.1');
    const packets = await capture.end();
    for (const text of [...texts, plain]) expect(flowsWith(packets, text)).toEqual([]);
  },
);

suite.test('a capture sees what goes over the wire as it is', async (cluster) => {
  const { ip, port } = await startServer(cluster);
  await using capture = await cluster.network.capture('node-1', cluster.place.home);
  const text = marker('plain');
  const url = `http://${ip}:${port}/${text}`;
  expect(cluster.network.fetchFrom('hub', url)).toBe(`answer to /${text}`);
  expect(flowsWith(await capture.end(), text)).not.toEqual([]);
});

suite.test('a client shows neither its token on the wire nor the Secret that it reads', async (cluster) => {
  cluster.network.addHost('client', CLIENT_SUBNET);
  const namespace = await cluster.namespace();
  const secret = marker('secret');
  const secrets = `/api/v1/namespaces/${namespace}/secrets`;
  expectJson(
    await cluster.admin.post(secrets, { metadata: { name: 'a' }, stringData: { value: secret } }),
    201,
  );
  const grant = ['-n', namespace, 'create', 'rolebinding', 'read', '--clusterrole=admin'];
  await cluster.kubectl('1.36', ...grant, `--serviceaccount=${namespace}:default`);
  const token = (await cluster.kubectl('1.36', '-n', namespace, 'create', 'token', 'default')).stdout.trim();
  const kubeconfig = cluster.kubeconfig('reader', { token });
  await using capture = await cluster.network.capture('client', cluster.place.home);
  const server = `https://${hubAddress('netns')}:${cluster.ports.hub}`;
  const argv = [kubectlPath('1.36'), '--server', server, '-n', namespace, 'get', 'secret', 'a', '-o', 'yaml'];
  const environment = kubectlEnvironment({ version: '1.36', kubeconfig, home: cluster.place.home });
  const asked = new RunningCommand(cluster.network.command('client', argv), environment);
  expect((await asked.ended()).stdout).toContain(btoa(secret));
  const packets = await capture.end();
  expect(packets.length).toBeGreaterThan(0);
  for (const text of [token, secret, btoa(secret)]) expect(flowsWith(packets, text)).toEqual([]);
});
