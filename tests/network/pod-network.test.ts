import { expect } from 'bun:test';
import { once } from 'node:events';
import { connect } from 'node:net';
import { nodeAddress } from '../../scripts/network/addresses.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { expectJson } from '../cluster/expectations.ts';
import { shellPod } from '../cluster/objects.ts';
import { createPod, hasPhase, isReady, podThat } from '../cluster/pods.ts';
import { requireBubblewrap } from '../cluster/required-tools.ts';
import type { Json } from '../cluster/wire-client.ts';
import { type NetworkedCluster, shareNetwork } from './network-suite.ts';
import { ask, PORT, run, servers } from './podnet-cluster.ts';
import { serverPod } from './server-pod.ts';

requireBubblewrap();
const suite = shareNetwork({ nodes: 2, flags: { apiserver: ['--allow-plain-proxy'] } });
async function rangeOf(cluster: NetworkedCluster, node: string): Promise<string> {
  const { json } = await cluster.admin.get(`/api/v1/nodes/${node}`);
  return json.spec.podCIDR;
}

suite.test('two pods of a node listen on the same port, each at an address of its own', async (cluster) => {
  const [a, b] = await servers(cluster, await cluster.namespace('podnet'), 'node-1', 'node-1');
  const range = (await rangeOf(cluster, 'node-1')).replace(/0\/24$/, '');
  expect(a!.ip).toStartWith(range);
  expect(b!.ip).toStartWith(range);
  expect(a!.ip).not.toBe(b!.ip);
  const { status } = expectJson(await cluster.admin.get(a!.path));
  expect(status).toMatchObject({ hostIP: nodeAddress(1, 'netns'), podIPs: [{ ip: a!.ip }] });
  expect(status.conditions).toContainEqual(
    expect.objectContaining({ type: 'hawser.dev/PodNetwork', status: 'True' }),
  );
  for (const [from, to] of [
    [a, b],
    [b, a],
    [a, a],
  ] as const) {
    expect(await ask(cluster, from!, `${to!.ip}:${PORT}`)).toBe('answer to /x');
  }
});

suite.test('pods of different nodes reach each other, and see each other’s addresses', async (cluster) => {
  const [a, b] = await servers(cluster, await cluster.namespace('podnet'), 'node-1', 'node-2');
  expect(await ask(cluster, a!, `${b!.ip}:${PORT}`)).toBe('answer to /x');
  expect(await ask(cluster, b!, `${a!.ip}:${PORT}`)).toBe('answer to /x');
});

suite.test('what a pod knows of its network is its own', async (cluster) => {
  const [pod] = await servers(cluster, await cluster.namespace('podnet'), 'node-1');
  expect(await run(cluster, pod!, 'sh', '-c', 'cat /etc/hosts')).toContain(`${pod!.ip}\t${pod!.name}`);
  const devices = (await run(cluster, pod!, 'cat', '/proc/net/dev')).match(/^ *\w+(?=:)/gm);
  expect(devices?.map((name) => name.trim()).sort()).toEqual(['eth0', 'lo']);
});

suite.test('the hub proxies to a pod, and port-forward reaches its loopback', async (cluster) => {
  const [pod] = await servers(cluster, await cluster.namespace('podnet'), 'node-1');
  await eventuallyPasses(async () => {
    const answer = await cluster.admin.get(`${pod!.path}:${PORT}/proxy/y`);
    expect(answer.text).toBe('answer to /y');
  });
  const namespace = pod!.namespace;
  const script =
    'use IO::Socket::INET; my $s = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1", LocalPort => 9090) or die; while (my $c = $s->accept) { <$c>; print $c "local\\n"; close $c }';
  // A container runs before its program listens: it is ready once 9090 (2382) is there.
  const listens = { exec: { command: ['grep', '-q', ':2382 .* 0A ', '/proc/net/tcp'] }, periodSeconds: 1 };
  const container = { command: ['perl', '-e', script], readinessProbe: listens };
  const local = shellPod('local', '', { nodeName: 'node-1', container });
  await podThat(cluster, await createPod(cluster, namespace, local), isReady);
  expect(await askForwarded(cluster, { namespace, name: 'local' }, 9090)).toBe('local\n');
  await expect(askForwarded(cluster, { namespace, name: 'local' }, 9091)).resolves.toBe('');
});

/** What a port of a pod says, through port-forward, to a line and the end of input. */
async function askForwarded(
  cluster: NetworkedCluster,
  { namespace, name }: { namespace: string; name: string },
  podPort: number,
): Promise<string> {
  const args = ['-n', namespace, 'port-forward', `pod/${name}`, `:${podPort}`];
  await using forward = cluster.startKubectl('1.36', ...args);
  const port = await eventually(() => /127\.0\.0\.1:(\d+)/.exec(forward.stdout)?.[1]);
  const socket = connect({ host: '127.0.0.1', port: Number(port) });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.end('hello\n');
  await once(socket, 'close');
  forward.interrupt();
  await forward.ended();
  return Buffer.concat(chunks).toString();
}

suite.test('packets of any size pass between nodes', async (cluster) => {
  const namespace = await cluster.namespace('podnet');
  const bytes = 3_000_000;
  const script = `use IO::Socket::INET; my $s = IO::Socket::INET->new(Listen => 5, LocalPort => ${PORT}) or die;
    while (my $c = $s->accept) { <$c>; print $c "x" x ${bytes}; close $c }`;
  const container = { command: ['perl', '-e', script] };
  const path = await createPod(cluster, namespace, shellPod('big', '', { nodeName: 'node-2', container }));
  const { status } = await podThat(cluster, path, isReady);
  const [pod] = await servers(cluster, namespace, 'node-1');
  const answer = await eventually(() => ask(cluster, pod!, `${status.podIP}:${PORT}`));
  expect(answer.length).toBe(bytes);
  expect((await askForwarded(cluster, { namespace, name: 'big' }, PORT)).length).toBe(bytes);
});

suite.test(
  'a pod on the host’s network has the node’s address and name, and says nothing of another',
  async (cluster) => {
    const namespace = await cluster.namespace('podnet');
    const pod = shellPod('host', 'sleep 60', { nodeName: 'node-1', hostNetwork: true });
    const { status } = await podThat(cluster, await createPod(cluster, namespace, pod), isReady);
    expect(status.podIP).toBe(nodeAddress(1, 'netns'));
    expect(status.hostIP).toBe(nodeAddress(1, 'netns'));
    expect(status.conditions.map(({ type }: Json) => type)).not.toContain('hawser.dev/PodNetwork');
    expect(await run(cluster, { namespace, name: 'host' }, 'cat', '/proc/net/dev')).toContain('cbr0:');
    expect((await run(cluster, { namespace, name: 'host' }, 'hostname')).trim()).toBe('node-1');
  },
);

suite.test('a port of the node leads to a pod, and to one pod only', async (cluster) => {
  const namespace = await cluster.namespace('podnet');
  const withHostPort = (name: string) => {
    const pod = serverPod(name, 'node-1', PORT, name, 's');
    pod.spec.containers[0].ports[0].hostPort = 18080;
    return pod;
  };
  const [other] = await servers(cluster, namespace, 'node-2');
  const path = await createPod(cluster, namespace, withHostPort('ported'));
  await podThat(cluster, path, isReady);
  const address = `${nodeAddress(1, 'netns')}:18080`;
  expect(cluster.network.fetchFrom('hub', `http://${address}/from-outside`)).toBe('answer to /from-outside');
  expect(cluster.network.fetchFrom('node-1', `http://${address}/itself`)).toBe('answer to /itself');
  expect(await ask(cluster, other!, address)).toBe('answer to /x');
  expect(await ask(cluster, { namespace, name: 'ported' }, address)).toBe('answer to /x');
  const second = await createPod(cluster, namespace, withHostPort('second'));
  const { status } = await podThat(cluster, second, hasPhase('Failed'));
  expect(status).toMatchObject({ reason: 'NodePorts' });
});

suite.test('probes and hooks go to the pod, and it knows its own address', async (cluster) => {
  const namespace = await cluster.namespace('podnet');
  await servers(cluster, namespace, 'node-1');
  const pod = serverPod('probed', 'node-1', PORT, 'x', 's');
  const [container] = pod.spec.containers;
  container.startupProbe = { tcpSocket: { port: PORT }, periodSeconds: 1 };
  container.lifecycle = { preStop: { httpGet: { port: PORT, path: '/stopped' } } };
  container.env.push({ name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } });
  const path = await createPod(cluster, namespace, pod);
  const { status } = await podThat(cluster, path, isReady);
  const variable = await run(cluster, { namespace, name: 'probed' }, 'sh', '-c', 'echo $POD_IP');
  expect(variable).toBe(status.podIP);
  await cluster.admin.delete(path);
  await eventually(async () => (await cluster.admin.get(path)).status === 404);
  const events = expectJson(await cluster.admin.get(`/api/v1/namespaces/${namespace}/events`));
  const reasons = events.items
    .filter(({ involvedObject }: Json) => involvedObject.name === 'probed')
    .map(({ reason }: Json) => reason);
  expect(reasons).toContain('Killing');
  expect(reasons).not.toContain('FailedPreStopHook');
});
