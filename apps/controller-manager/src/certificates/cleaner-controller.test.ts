import { expect, test } from 'bun:test';
import type { CertificateSigningRequest } from '@hawser/api';
import { EventRecorder } from '@hawser/client';
import { answer, eventually, TestAuthority, TestServer } from '@hawser/client/testing';
import { createRegistry, silentLogger } from '@hawser/observability';
import { FakeClock, systemClock } from '@hawser/runtime';
import { InformerPool } from '../framework/informer-pool.ts';
import { LoopMetrics } from '../framework/loop-metrics.ts';
import { cleanUpAtMs, createCleanerController } from './cleaner-controller.ts';

const created = '2026-01-01T00:00:00Z';
const updated = '2026-01-01T06:00:00Z';
const { cert } = new TestAuthority().issue('x');

function csr(conditions: string[], certificate?: string): CertificateSigningRequest {
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'c', creationTimestamp: created },
    spec: { request: '', signerName: 'x' },
    status: {
      conditions: conditions.map((type) => ({ type, status: 'True', lastUpdateTime: updated })),
      ...(certificate === undefined ? {} : { certificate: Buffer.from(certificate).toString('base64') }),
    },
  };
}

const HOUR_MS = 3_600_000;

test.each([
  { name: 'nobody answered: a day after it was made', csr: csr([]), at: Date.parse(created) + 24 * HOUR_MS },
  { name: 'denied: an hour later', csr: csr(['Denied']), at: Date.parse(updated) + HOUR_MS },
  { name: 'failed: an hour later', csr: csr(['Approved', 'Failed']), at: Date.parse(updated) + HOUR_MS },
  {
    name: 'approved and issued: an hour later',
    csr: csr(['Approved'], cert),
    at: Date.parse(updated) + HOUR_MS,
  },
  {
    name: 'approved, and nobody signs: a day after that',
    csr: csr(['Approved']),
    at: Date.parse(updated) + 24 * HOUR_MS,
  },
  { name: 'with other conditions alone: never', csr: csr(['Odd']), at: undefined },
])('$name', ({ csr, at }) => expect(cleanUpAtMs(csr)).toBe(at as number));

test('issued and expired before the hour is over: when it expires', () => {
  const late = csr(['Approved'], cert);
  late.status!.conditions![0]!.lastUpdateTime = new Date(Date.now() + 10 * HOUR_MS).toISOString();
  expect(cleanUpAtMs(late)!).toBeLessThan(Date.now() + 2 * HOUR_MS);
});

test('each is deleted when its time has come, not before', async () => {
  const items = [
    { ...csr([]), metadata: { name: 'pending', uid: 'p', resourceVersion: '1', creationTimestamp: updated } },
    { ...csr(['Denied']), metadata: { name: 'denied', uid: 'd', resourceVersion: '1' } },
    { ...csr(['Approved']), metadata: { name: 'approved', uid: 'a', resourceVersion: '1' } },
  ];
  const deleted: string[] = [];
  await using server = await TestServer.start(({ method, url, body }, response) => {
    const { pathname, searchParams } = new URL(url, 'https://x');
    if (searchParams.has('watch')) return void response.writeHead(200).flushHeaders();
    if (method === 'GET') return answer(response, 200, { metadata: { resourceVersion: '1' }, items });
    deleted.push(`${pathname.split('/').at(-1)} ${JSON.parse(body).preconditions.uid}`);
    answer(response, 200, items[0]!);
  });
  await using client = server.client();
  const logger = silentLogger;
  const clock = new FakeClock(updated);
  const informers = new InformerPool({ client, clock: systemClock, logger });
  await using recorder = new EventRecorder({ client, component: 'test' });
  const metrics = new LoopMetrics(createRegistry());
  const controller = createCleanerController({ client, informers, recorder, clock, logger, metrics });
  const stop = new AbortController();
  const running = [informers.run(stop.signal), controller.run(stop.signal)];
  await eventually(() => informers.hasSynced);
  clock.advance(HOUR_MS - 1);
  expect(deleted).toEqual([]);
  clock.advance(1);
  await eventually(() => deleted.length === 1);
  clock.advance(23 * HOUR_MS - 1);
  expect(deleted).toEqual(['denied d']);
  clock.advance(1);
  await eventually(() => deleted.length === 3);
  expect(deleted.sort()).toEqual(['approved a', 'denied d', 'pending p']);
  stop.abort();
  await Promise.all(running);
});
