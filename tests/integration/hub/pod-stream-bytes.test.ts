import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { expectJson } from '../../cluster/expectations.ts';
import { readOutbox } from '../../cluster/outbox.ts';
import { StandInKubelet } from '../../cluster/stand-in-kubelet.ts';
import { requestUpgrade } from '../../cluster/upgrade-request.ts';
import type { WireClient } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const PODS = '/api/v1/namespaces/default/pods';
let kubelet: StandInKubelet;

beforeAll(async () => {
  const { cluster } = hub;
  kubelet = await StandInKubelet.start(cluster, 'stood-in', '127.0.1.74');
  await cluster.admin.post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  const spec = { nodeName: kubelet.nodeName, containers: [{ name: 'main', image: 'host' }] };
  expectJson(await cluster.admin.post(PODS, { metadata: { name: 'one' }, spec }), 201);
});
afterAll(() => kubelet?.[Symbol.asyncDispose]());

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const ONE_AFTER_ANOTHER = 1000;

/** How many streams of exec the hub says that it carries. */
async function streamsOf({ admin }: Cluster): Promise<number> {
  const { text } = await admin.get('/metrics');
  return Number(/^hawser_apiserver_streams\{resource="pods",subresource="exec"\} (\d+)$/m.exec(text)?.[1]);
}

/** Writes for as long as the other side takes it. @returns how many bytes. */
async function writeUntilHeldBack(socket: Duplex, chunk: Buffer): Promise<number> {
  let written = 0;
  while (written < 512 * 1024 * 1024) {
    written += chunk.length;
    if (socket.write(chunk)) continue;
    const drained = once(socket, 'drain').then(() => true);
    if (!(await Promise.race([drained, Bun.sleep(2_000).then(() => false)]))) break;
  }
  return written;
}

describe('the stream', () => {
  const open = (admin: WireClient) => requestUpgrade(admin, 'POST', `${PODS}/one/exec?stdin=1&command=cat`);

  hub.test('carries every byte both ways, and its end', async ({ admin }) => {
    const { socket, headers } = await open(admin);
    expect(headers['x-chosen']).toBe('yes');
    expect(headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
    const sent = randomBytes(8 * 1024 * 1024);
    const chunks: Buffer[] = [];
    let received = 0;
    socket!.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      received += chunk.length;
      if (received === sent.length + 5) kubelet.last.socket!.end();
    });
    const ended = once(socket!, 'end');
    socket!.write(sent);
    await ended;
    const bytes = Buffer.concat(chunks);
    expect(bytes.subarray(0, 5).toString()).toBe('hello');
    expect(sha256(bytes.subarray(5))).toBe(sha256(sent));
  });

  hub.test("a client's disappearance ends the kubelet's connection", async ({ admin }) => {
    const { socket } = await open(admin);
    const theirs = kubelet.last.socket!;
    const closed = once(theirs, 'close');
    socket!.destroy();
    await closed;
  });

  hub.test("a kubelet's disappearance ends the client's connection", async ({ admin }) => {
    const { socket } = await open(admin);
    const closed = once(socket!, 'close');
    socket!.resume();
    kubelet.last.socket!.destroy();
    await closed;
  });

  hub.test('is held back by fifty clients that do not read, not kept in memory', async (cluster) => {
    const residentBytes = () => {
      const status = readFileSync(`/proc/${cluster.service('apiserver').pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024;
    };
    const sockets = await Promise.all(Array.from({ length: 50 }, () => open(cluster.admin)));
    const before = residentBytes();
    const chunk = Buffer.alloc(64 * 1024);
    const theirs = kubelet.seen.slice(-50).map(({ socket }) => socket!);
    for (const { socket } of sockets) socket!.pause();
    const written = await Promise.all(theirs.map((socket) => writeUntilHeldBack(socket, chunk)));
    expect(Math.max(...written)).toBeLessThan(64 * 1024 * 1024);
    const grown = residentBytes() - before;
    expect(grown).toBeLessThan(64 * 1024 * 1024);
    for (const { socket } of sockets) socket!.destroy();
  });

  hub.test('leaves nothing behind, however many there were', async (cluster) => {
    const descriptors = () => readdirSync(`/proc/${cluster.service('apiserver').pid}/fd`).length;
    const session = async () => {
      const { status, socket } = await open(cluster.admin);
      expect(status).toBe(101);
      socket!.resume().write('x');
      socket!.end();
      await once(socket!, 'close');
    };
    await session();
    const before = await eventually(async () => (await streamsOf(cluster)) === 0 && descriptors());
    for (let i = 0; i < ONE_AFTER_ANOTHER; i += 1) await session();
    await Promise.all(Array.from({ length: 100 }, session));
    await eventually(async () => (await streamsOf(cluster)) === 0);
    // The administrator's connections are kept, and so are SQLite's files.
    await eventually(() => descriptors() <= before + 5);
  });

  hub.test(
    'is audited when it begins, before the client hears of it, and when it has ended',
    async (cluster) => {
      const { socket, headers } = await open(cluster.admin);
      const events = () =>
        readOutbox(cluster.layout)
          .map(({ event }) => event)
          .filter(({ auditID }) => auditID === headers['audit-id']);
      const [started, ...others] = events();
      expect(others).toEqual([]);
      expect(started).toMatchObject({
        stage: 'ResponseStarted',
        verb: 'create',
        responseStatus: { code: 101 },
        objectRef: { resource: 'pods', subresource: 'exec', namespace: 'default', name: 'one' },
      });
      let received = 0;
      socket!.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      socket!.write('12345');
      await eventually(() => received === 10);
      socket!.destroy();
      const complete = await eventually(() => events().find(({ stage }) => stage === 'ResponseComplete')!);
      expect(complete).toMatchObject({
        responseStatus: { code: 101 },
        annotations: { 'hawser.dev/received-bytes': '5', 'hawser.dev/sent-bytes': '10' },
      });
    },
  );

  hub.test('is counted', async ({ admin }) => {
    const gauge = () => admin.get('/metrics').then(({ text }) => text);
    const line = (count: number) => `hawser_apiserver_streams{resource="pods",subresource="exec"} ${count}`;
    await eventually(async () => (await gauge()).includes(line(0)));
    const { socket } = await open(admin);
    await eventually(async () => (await gauge()).includes(line(1)));
    socket!.destroy();
    await eventually(async () => (await gauge()).includes(line(0)));
    expect(await gauge()).toMatch(
      /apiserver_request_total\{verb="CREATE",resource="pods",subresource="exec",code="101"\} \d/,
    );
  });

  hub.test('ends with the hub, and its end is on record', async (cluster) => {
    const { socket, headers } = await open(cluster.admin);
    const closed = once(socket!, 'close');
    socket!.resume();
    await cluster.restart('apiserver');
    await closed;
    await cluster.untilReady();
    const stages = readOutbox(cluster.layout)
      .filter(({ event }) => event.auditID === headers['audit-id'])
      .map(({ event }) => event.stage);
    expect(stages).toEqual(['ResponseStarted', 'ResponseComplete']);
    const log = readFileSync(`${cluster.layout.logs}/apiserver.log`, 'utf8');
    expect(log).not.toContain('could not keep an audit event');
  });
});
