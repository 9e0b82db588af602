import { beforeAll, describe, expect } from 'bun:test';
import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { SpdyConnection } from '@hawser/streams';
import { ChannelSession, openStalled } from '../cluster/channel-session.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { echoPod } from '../cluster/echo-pod.ts';
import { expectEcho } from '../cluster/echoed.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { holdingsOf, processesWith } from '../cluster/holdings.ts';
import { shellPod } from '../cluster/objects.ts';
import { createPod, isReady, logOf, podThat } from '../cluster/pods.ts';
import { requestUpgrade } from '../cluster/upgrade-request.ts';

/** Streams from a client through the hub and the kubelet to a container, and what they leave of both. */
const suite = shareCluster({ nodes: 1, flags: { apiserver: ['--min-request-timeout', '1'] } });
const SERVICES = ['apiserver', 'node-1'] as const;
const MEGABYTE = 1 << 20;
let pod: string;

beforeAll(async () => {
  const { cluster } = suite;
  pod = await createPod(cluster, await cluster.namespace(), shellPod('a', 'exec sleep 3600'));
  await podThat(cluster, pod, isReady);
}, 60_000);

/** The hub, with the administrator's certificate. */
function hubOf({ admin, ports }: Cluster) {
  const { ca, cert = '', key = '' } = admin.identity;
  return { host: '127.0.0.1', port: ports.hub, tls: { ca, cert, key } };
}

function execPath(command: readonly string[], streams = 'stdout=true'): string {
  const words = command.map((word) => `command=${encodeURIComponent(word)}`).join('&');
  return `${pod}/exec?${words}&${streams}`;
}

const open = (command: readonly string[], streams?: string, onStdout?: (data: Buffer) => void) =>
  ChannelSession.open(hubOf(suite.cluster), execPath(command, streams), onStdout ? { onStdout } : {});

async function run(...command: string[]): Promise<ChannelSession> {
  const session = await open(command);
  await session.closed;
  return session;
}

async function expectSuccess(...command: string[]): Promise<string> {
  const { status, stdout } = await run(...command);
  expect(status.status).toBe('Success');
  return stdout;
}

const holdings = (cluster: Cluster) => SERVICES.map((name) => holdingsOf(cluster.service(name).pid));

/** Nothing more is held than before, but for a file or two that connections between services come and go with. */
async function expectNothingLeft(cluster: Cluster, before: ReturnType<typeof holdings>): Promise<void> {
  await eventuallyPasses(() => {
    for (const [index, { files, processes }] of holdings(cluster).entries()) {
      expect(processes).toBeLessThanOrEqual(before[index]!.processes);
      expect(files).toBeLessThanOrEqual(before[index]!.files + 2);
    }
  });
}

describe('exec through the hub', () => {
  suite.test(
    'brings all of 100 MB before the exit status, time after time',
    async () => {
      await expectSuccess('sh', '-c', 'head -c 100000000 /dev/urandom > /tmp/large');
      const digest = (await expectSuccess('sha256sum', '/tmp/large')).split(' ')[0]!;
      for (let round = 0; round < 20; round += 1) {
        const hash = createHash('sha256');
        const session = await open(['cat', '/tmp/large'], 'stdout=true', (data) => hash.update(data));
        await session.closed;
        expect(session.status.status).toBe('Success');
        expect(hash.digest('hex')).toBe(digest);
      }
      await expectSuccess('rm', '/tmp/large');
    },
    120_000,
  );

  suite.test('takes 100 MB of input whole', async () => {
    const piece = Buffer.from(crypto.getRandomValues(new Uint8Array(65_536)));
    const hash = createHash('sha256');
    const session = await open(['sha256sum'], 'stdin=true&stdout=true');
    for (let sent = 0; sent < 100_000_000; sent += piece.length) {
      await session.sendWhenTaken(piece);
      hash.update(piece);
    }
    session.endInput();
    await session.closed;
    expect(session.stdout).toStartWith(hash.digest('hex'));
  });

  suite.test('fifty clients that read nothing cost little memory', async (cluster) => {
    // What fifty sessions cost at all, such as those of TLS, is not what stalled ones pile up.
    await Promise.all(Array.from({ length: 50 }, () => run('head', '-c', '1000000', '/dev/zero')));
    const before = holdings(cluster);
    const path = execPath(['cat', '/dev/zero']);
    const stalled = await Promise.all(Array.from({ length: 50 }, () => openStalled(hubOf(cluster), path)));
    await eventuallyPasses(() => expect(processesWith('cat', '/dev/zero')).toBe(50));
    // Until they stalled they let much through, which is garbage now; what they hold is what stays of it.
    await eventuallyPasses(async () => {
      for (let round = 0; round < 5; round += 1) await expectSuccess('true');
      for (const [index, { residentBytes }] of holdings(cluster).entries())
        expect((residentBytes - before[index]!.residentBytes) / MEGABYTE).toBeLessThan(64);
    });
    expect(processesWith('cat', '/dev/zero')).toBe(50);
    for (const socket of stalled) socket.destroy();
    await eventuallyPasses(() => expect(processesWith('cat', '/dev/zero')).toBe(0));
    await expectNothingLeft(cluster, before);
  });

  suite.test(
    'a thousand sessions one after another and a hundred at once leave nothing',
    async (cluster) => {
      for (let round = 0; round < 300; round += 1) await expectSuccess('true');
      const before = holdings(cluster);
      for (let round = 300; round < 1000; round += 1) await expectSuccess('true');
      const after = holdings(cluster);
      for (const [index, { residentBytes }] of after.entries())
        expect((residentBytes - before[index]!.residentBytes) / MEGABYTE).toBeLessThan(32);
      const said = await Promise.all(Array.from({ length: 100 }, () => expectSuccess('echo', 'done')));
      expect(new Set(said)).toEqual(new Set(['done\n']));
      await expectNothingLeft(cluster, before);
    },
    120_000,
  );

  suite.test('what a client that has vanished was running is ended', async (cluster) => {
    await expectSuccess('true');
    const before = holdings(cluster);
    const path = execPath(['sh', '-c', 'sleep 4711 & sleep 4711'], 'stdin=true&stdout=true');
    const sockets = await Promise.all(Array.from({ length: 10 }, () => openStalled(hubOf(cluster), path)));
    await eventuallyPasses(() => expect(processesWith('sleep', '4711')).toBe(20));
    for (const socket of sockets) socket.destroy();
    await eventuallyPasses(() => expect(processesWith('sleep', '4711')).toBe(0));
    await expectNothingLeft(cluster, before);
  });

  suite.test('a session on which nobody says anything outlives every deadline of requests', async () => {
    const session = await open(['sh', '-c', 'read line; echo "heard $line"'], 'stdin=true&stdout=true');
    // Watches end within two seconds of this hub.
    await suite.cluster.kubectl('1.36', 'get', 'namespaces', '-w');
    session.send('words\n');
    await session.closed;
    expect(session.stdout).toBe('heard words\n');
  });
});

describe('port-forward through the hub', () => {
  suite.test('a port that is refused leaves the others of the session alone', async (cluster) => {
    const path = await createPod(cluster, await cluster.namespace(), echoPod('echo'));
    await podThat(cluster, path, isReady);
    const port = await eventually(async () => (await logOf(cluster, path)).trim() || undefined);
    const { socket } = await requestUpgrade(cluster.admin, 'POST', `${path}/portforward`, {
      connection: 'Upgrade',
      upgrade: 'SPDY/3.1',
      'x-stream-protocol-version': 'portforward.k8s.io',
    });
    const connection = new SpdyConnection(socket!, { role: 'client' });
    let requests = 0;
    const forward = async (to: string) => {
      requests += 1;
      const headers = { port: to, requestid: `${requests}` };
      const error = await connection.createStream({ streamtype: 'error', ...headers });
      error.end();
      return { error, data: await connection.createStream({ streamtype: 'data', ...headers }) };
    };
    const first = await forward(port);
    first.data.write('x');
    const refused = await forward('1');
    refused.data.on('error', () => {}).end();
    expect(await text(refused.error)).toContain('connect: connection refused');
    const second = await forward(port);
    await expectEcho(second.data, crypto.getRandomValues(new Uint8Array(65_536)));
    expect(await text(second.error)).toBe('');
    first.data.end();
    expect(await text(first.data)).toBe('x');
    connection.close();
    await connection.closed;
  });
});

describe('a service that is killed amid a command', () => {
  for (const name of SERVICES)
    suite.test(`${name}: the client ends with an error, and the command ends`, async (cluster) => {
      const namespace = pod.split('/')[4]!;
      const command = ['-n', namespace, 'exec', 'a', '--', 'sh', '-c', 'echo began; exec sleep 4712'];
      await using client = cluster.startKubectl('1.36', ...command);
      await using older = cluster.startKubectl('1.27', ...command);
      await eventuallyPasses(() => expect(client.stdout + older.stdout).toBe('began\nbegan\n'));
      await cluster.kill9(name);
      const { exitCode, stderr } = await client.ended();
      expect(exitCode).toBe(1);
      expect(stderr).toContain('error reading from error stream');
      // Over SPDY, kubectl takes a connection that breaks for the end of a command.
      expect(await older.ended()).toMatchObject({ exitCode: 0 });
      await eventuallyPasses(() => expect(processesWith('sleep', '4712')).toBe(0));
      await cluster.restart(name);
      await cluster.hubReady();
      await eventuallyPasses(async () => void (await expectSuccess('true')));
    });
});
