import { beforeAll, describe, expect } from 'bun:test';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';
import { dialSpdy, SpdyConnection } from '@hawser/streams';
import {
  ChannelSession,
  execPath,
  type KubeletAccess,
  kubeletAccess,
  openStalled,
} from '../cluster/channel-session.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { shellPod } from '../cluster/objects.ts';
import { createPod, isReady, podThat } from '../cluster/pods.ts';

/** The kubelet's own API, as the hub speaks to it. */
const suite = shareCluster({ nodes: 1 });
let namespace: string;
let kubelet: KubeletAccess;

beforeAll(async () => {
  const { cluster } = suite;
  namespace = await cluster.namespace();
  kubelet = kubeletAccess(cluster, '127.0.1.1');
  await runningPod(cluster, 'shell', 'exec sleep 3600');
}, 60_000);

async function runningPod(
  cluster: Cluster,
  name: string,
  script: string,
  container: object = {},
): Promise<void> {
  const path = await createPod(cluster, namespace, shellPod(name, script, { container }));
  await podThat(cluster, path, isReady);
}

const open = (
  command: readonly string[],
  streams?: string,
  options?: Parameters<typeof ChannelSession.open>[2],
) => ChannelSession.open(kubelet, execPath(namespace, 'shell', command, streams), options);

async function run(...command: string[]): Promise<ChannelSession> {
  const session = await open(command);
  await session.closed;
  return session;
}

/** What is left over when sessions end: open files of the kubelet, and its processes with theirs. */
function holdings(pid: number): { files: number; processes: number } {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(parentOf);
  const processes = parents.filter((parent) => parent === pid).length;
  return { files: readdirSync(`/proc/${pid}/fd`).length, processes };
}

function parentOf(pid: string): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return 0;
  }
}

function residentBytes(pid: number): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024;
}

describe('exec', () => {
  suite.test('keeps streams apart and tells the exit code', async () => {
    const session = await run('sh', '-c', 'echo out; echo err >&2; exit 3');
    expect([session.stdout, session.stderr]).toEqual(['out\n', 'err\n']);
    expect(session.status).toMatchObject({
      reason: 'NonZeroExitCode',
      details: { causes: [{ message: '3' }] },
    });
  });

  suite.test(
    'brings 100 MB whole',
    async () => {
      const command = ['sh', '-c', 'head -c 100000000 /dev/zero | tr "\\0" x'];
      const expected = createHash('sha256');
      for (let sent = 0; sent < 100; sent += 1) expected.update(Buffer.alloc(1_000_000, 'x'));
      const digest = expected.digest('hex');
      for (let round = 0; round < 3; round += 1) {
        const hash = createHash('sha256');
        const session = await open(command, 'output=1', { onStdout: (data) => hash.update(data) });
        await session.closed;
        expect(session.status.status).toBe('Success');
        expect(hash.digest('hex')).toBe(digest);
      }
    },
    120_000,
  );

  suite.test(
    'two hundred one after another and a hundred at once leave nothing',
    async (cluster) => {
      const { pid } = cluster.service('node-1');
      await run('true');
      const before = holdings(pid);
      // Through the hub there are more: streams.test.ts.
      for (let round = 0; round < 200; round += 1) expect((await run('true')).status.status).toBe('Success');
      const sessions = await Promise.all(Array.from({ length: 100 }, () => run('sh', '-c', 'echo done')));
      for (const { stdout, status } of sessions)
        expect([stdout, status.status]).toEqual(['done\n', 'Success']);
      await eventuallyPasses(async () => {
        const after = holdings(pid);
        expect(after.processes).toBeLessThanOrEqual(before.processes);
        expect(after.files).toBeLessThanOrEqual(before.files + 2);
      });
    },
    180_000,
  );

  suite.test(
    'a kubelet that is killed leaves no command behind, and the container runs on',
    async (cluster) => {
      const path = execPath(namespace, 'shell', ['sleep', '4343'], 'output=1');
      const socket = await openStalled(kubelet, path);
      await eventuallyPasses(() => expect(sleepers('4343')).toBe(1));
      await cluster.kill9('node-1');
      await eventuallyPasses(() => expect(sleepers('4343')).toBe(0));
      socket.destroy();
      await cluster.restart('node-1');
      await eventuallyPasses(async () => expect((await run('true')).status.status).toBe('Success'));
    },
  );

  suite.test('clients that vanish leave nothing either', async (cluster) => {
    const { pid } = cluster.service('node-1');
    await run('true');
    const before = holdings(pid);
    const path = execPath(namespace, 'shell', ['sh', '-c', 'sleep 4242 & sleep 4242'], 'output=1&input=1');
    const sockets = await Promise.all(Array.from({ length: 20 }, () => openStalled(kubelet, path)));
    await eventuallyPasses(async () => expect(sleepers('4242')).toBe(40));
    for (const socket of sockets) socket.destroy();
    await eventuallyPasses(async () => {
      expect(sleepers('4242')).toBe(0);
      expect(holdings(pid).processes).toBeLessThanOrEqual(before.processes);
      expect(holdings(pid).files).toBeLessThanOrEqual(before.files + 2);
    });
  });

  suite.test('fifty clients that read nothing cost little memory', async (cluster) => {
    const { pid } = cluster.service('node-1');
    const path = execPath(namespace, 'shell', ['cat', '/dev/zero'], 'output=1');
    // What fifty sessions cost at all, such as those of TLS, is not what stalled ones pile up.
    await Promise.all(Array.from({ length: 50 }, () => run('head', '-c', '1000000', '/dev/zero')));
    const before = residentBytes(pid);
    const sockets = await Promise.all(Array.from({ length: 50 }, () => openStalled(kubelet, path)));
    await eventuallyPasses(async () => expect((await run('true')).status.status).toBe('Success'));
    // Once it grows no more; what only waits to be collected may take a moment.
    await eventuallyPasses(async () => {
      const first = residentBytes(pid);
      await Bun.sleep(500);
      expect(residentBytes(pid) - first).toBeLessThan(1 << 20);
      expect(residentBytes(pid) - before).toBeLessThan(64 << 20);
    });
    for (const socket of sockets) socket.destroy();
  });
});

/** How many processes sleep for so long. */
function sleepers(seconds: string): number {
  return readdirSync('/proc').filter((name) => {
    try {
      return readFileSync(`/proc/${name}/cmdline`, 'latin1') === `sleep\0${seconds}\0`;
    } catch {
      return false;
    }
  }).length;
}

describe('SPDY', () => {
  const dial = async (path: string, protocols: readonly string[]) => {
    const socket = connect({
      host: kubelet.host,
      port: kubelet.port,
      ...kubelet.tls,
      ALPNProtocols: ['http/1.1'],
    });
    await once(socket, 'secureConnect');
    const { protocol, head } = await dialSpdy(socket, { path, headers: { Host: kubelet.host } }, protocols);
    const connection = new SpdyConnection(
      socket,
      { role: 'client', onStream: (stream) => stream.refuse() },
      head,
    );
    return { connection, protocol };
  };

  suite.test('carries a command, its input and its exit code', async () => {
    const path = execPath(namespace, 'shell', ['sh', '-c', 'cat; exit 9'], 'input=1&output=1');
    const { connection, protocol } = await dial(path, ['v5.channel.k8s.io', 'v4.channel.k8s.io']);
    expect(protocol).toBe('v4.channel.k8s.io');
    const stream = (streamType: string) => connection.createStream({ streamtype: streamType });
    const error = await stream('error');
    const stdin = await stream('stdin');
    const stdout = await stream('stdout');
    error.end();
    stdin.end('some input');
    const [said, status] = await Promise.all([text(stdout), text(error)]);
    expect(said).toBe('some input');
    expect(JSON.parse(status)).toMatchObject({
      reason: 'NonZeroExitCode',
      details: { causes: [{ message: '9' }] },
    });
    connection.close();
    await connection.closed;
  });
});

describe('attach', () => {
  suite.test('gives a container its terminal', async (cluster) => {
    const script = 'read line; echo "got $line"; exit 0';
    await runningPod(cluster, 'terminal', script, { stdin: true, stdinOnce: true, tty: true });
    const path = `/attach/${namespace}/terminal/main?input=1&output=1&tty=1`;
    const session = await ChannelSession.open(kubelet, path);
    session.send('hello\n');
    await session.closed;
    expect(session.stdout).toContain('got hello\r\n');
    expect(session.status.status).toBe('Success');
  });
});

describe('port-forward', () => {
  suite.test('reaches the pod and not the hub, which listens on the same machine', async (cluster) => {
    const server = `
      socket(S, 2, 1, 0); setsockopt(S, 1, 2, 1); bind(S, pack("S n C4 x8", 2, 0, 127, 0, 0, 1)); listen(S, 5);
      $| = 1; print((unpack "S n", getsockname S)[1], "\\n");
      while (accept C, S) { syswrite C, "from the pod"; close C }`;
    const path = await createPod(cluster, namespace, {
      ...shellPod('server', '', { container: { command: ['perl', '-e', server] } }),
    });
    await podThat(cluster, path, isReady);
    const port = await eventually(async () => {
      const log = (await cluster.admin.get(`${path}/log`)).text;
      expect(log).toMatch(/^\d+\n$/);
      return Number(log);
    });
    const forward = async (to: number) =>
      ChannelSession.open(kubelet, `/portForward/${namespace}/server?port=${to}`, {
        protocol: 'v4.channel.k8s.io',
      });
    const reached = await forward(port);
    await eventuallyPasses(async () => expect(reached.text(0)).toContain('from the pod'));
    reached.close();
    const refused = await forward(cluster.ports.hub);
    await eventuallyPasses(async () => expect(refused.text(1)).toContain('connect: connection refused'));
    refused.close();
  });
});

suite.test('a node says that it takes WebSockets', async (cluster) => {
  const { json } = await cluster.admin.get('/api/v1/nodes/node-1');
  expect(json.status.declaredFeatures).toEqual(['ExtendWebSocketsToKubelet']);
});
