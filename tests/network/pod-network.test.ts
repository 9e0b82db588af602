import { expect } from 'bun:test';
import { nodeAddress } from '../../scripts/network/addresses.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { expectJson } from '../cluster/expectations.ts';
import { shellPod } from '../cluster/objects.ts';
import { createPod, isReady, podThat } from '../cluster/pods.ts';
import { requireBubblewrap } from '../cluster/required-tools.ts';
import { type NetworkedCluster, shareNetwork } from './network-suite.ts';
import { ask, PORT, run, servers } from './podnet-cluster.ts';

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
  const local = shellPod('local', '', { nodeName: 'node-1', container: { command: ['perl', '-e', script] } });
  await podThat(cluster, await createPod(cluster, namespace, local), isReady);
  await using forward = cluster.startKubectl('1.36', '-n', namespace, 'port-forward', 'pod/local', ':9090');
  const port = await eventually(() => /127\.0\.0\.1:(\d+)/.exec(forward.stdout)?.[1]);
  const answer = await eventually(async () => {
    const text = await new Promise<string>((resolve, reject) => {
      let heard = '';
      void Bun.connect({
        hostname: '127.0.0.1',
        port: Number(port),
        socket: {
          open: (socket) => void socket.write('hello\n'),
          data: (_socket, bytes) => {
            heard += bytes.toString();
          },
          close: () => resolve(heard),
          error: (_socket, error) => reject(error),
        },
      });
    });
    return text;
  });
  expect(answer).toBe('local\n');
  forward.interrupt();
  await forward.ended();
});
