import { describe, expect, test } from 'bun:test';
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { createRegistry } from '@hawser/observability';
import { FakeClock } from '@hawser/runtime';
import { relayUpgrade, type UpgradeRelay } from './relay-upgrade.ts';
import { StreamMetrics } from './stream-metrics.ts';

async function socketPair(): Promise<[near: Socket, far: Socket]> {
  const accepted = Promise.withResolvers<Socket>();
  const server = net.createServer(accepted.resolve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  const far = await accepted.promise;
  server.close();
  return [near, far.on('error', () => {})];
}

/** A relay towards a backend whose other end is in our hands. */
async function relay(signal = new AbortController().signal) {
  const [backend, far] = await socketPair();
  const clock = new FakeClock();
  const context = {
    request: { method: 'POST', headers: { upgrade: 'SPDY/3.1' } },
    info: { resource: 'pods', subresource: 'exec' },
    upgrade: { head: Buffer.alloc(0) },
    signal,
  } as unknown as UpgradeRelay['context'];
  const answer = relayUpgrade({
    ...{ context, backend, way: {}, clock, path: '/exec/a', headers: [['Host', 'node']] },
    metrics: new StreamMetrics(createRegistry()),
  });
  answer.catch(() => {});
  const asked = String((await once(far, 'data'))[0]);
  return { answer, asked, backend, far, clock };
}

test('a backend is asked for what the client asked for', async () => {
  const { asked, far, answer } = await relay();
  expect(asked).toBe(
    'POST /exec/a HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n',
  );
  far.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: SPDY/3.1\r\n\r\n');
  expect(await answer).toMatchObject({ code: 101 });
  far.destroy();
});

test('an answer that is said to come a few times before is the answer', async () => {
  const { far, answer } = await relay();
  far.write(`${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(5)}HTTP/1.1 101 Switching Protocols\r\n\r\n`);
  expect(await answer).toMatchObject({ code: 101 });
  far.destroy();
});

test('a refusal is the answer', async () => {
  const { far, answer, backend } = await relay();
  far.write('HTTP/1.1 403 Forbidden\r\nContent-Type: text/x\r\nContent-Length: 2\r\n\r\nno');
  expect(await answer).toEqual({ code: 403, type: 'text/x', body: Buffer.from('no') });
  expect(backend.destroyed).toBe(true);
});

describe('an internal error it is when', () => {
  const cases: { name: string; act: (made: Awaited<ReturnType<typeof relay>>) => void; says: string }[] = [
    {
      name: 'nothing is said in time',
      act: ({ clock }) => clock.advance(30_000),
      says: 'closed|ended|timeout',
    },
    { name: 'the connection ends', act: ({ far }) => void far.end(), says: 'ended before the answer' },
    {
      name: 'something else than HTTP is said',
      act: ({ far }) => void far.write('SSH-2.0\r\n\r\n'),
      says: 'no HTTP',
    },
    {
      name: 'it is only said to come, again and again',
      act: ({ far }) => void far.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(6)),
      says: 'too many 1xx',
    },
    {
      name: 'neither upgrade nor refusal is said',
      act: ({ far }) => void far.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'),
      says: 'invalid upgrade response: status code 200',
    },
    {
      name: 'the client is led elsewhere',
      act: ({ far }) =>
        void far.write('HTTP/1.1 302 Found\r\nLocation: https://example.com\r\nContent-Length: 0\r\n\r\n'),
      says: 'invalid upgrade response: status code 302',
    },
  ];
  for (const { name, act, says } of cases)
    test(name, async () => {
      const made = await relay();
      act(made);
      await expect(made.answer).rejects.toMatchObject({ code: 500, reason: 'InternalError' });
      await expect(made.answer).rejects.toThrow(new RegExp(`^error dialing backend: .*(?:${says})`));
      expect(made.backend.destroyed).toBe(true);
    });
});

test('a client that is gone takes the backend along', async () => {
  const gone = new AbortController();
  const { answer, backend } = await relay(gone.signal);
  gone.abort();
  await expect(answer).rejects.toMatchObject({ reason: 'InternalError' });
  expect(backend.destroyed).toBe(true);
});
