import { expect, test } from 'bun:test';
import { EventRecorder } from '@hawser/client';
import { answer, eventually, refusal, TestServer } from '@hawser/client/testing';
import { createRegistry, silentLogger } from '@hawser/observability';
import { systemClock as clock } from '@hawser/runtime';
import { InformerPool } from '../framework/informer-pool.ts';
import { LoopMetrics } from '../framework/loop-metrics.ts';
import { createPodGcController } from './pod-gc-controller.ts';

const leaving = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'x',
    uid: name,
    resourceVersion: '1',
    deletionTimestamp: '2026-01-01T00:00:00Z',
  },
  spec: { containers: [] },
  status: { phase: 'Pending' },
});

test('a pod that cannot be deleted does not keep others from it', async () => {
  const deleted: string[] = [];
  await using server = await TestServer.start(({ method, url }, response) => {
    const { pathname, searchParams } = new URL(url, 'https://x');
    const name = pathname.split('/')[6];
    if (searchParams.has('watch')) return void response.writeHead(200).flushHeaders();
    if (method === 'GET') {
      const items = pathname.endsWith('/pods') ? [leaving('stuck'), leaving('free')] : [];
      return answer(response, 200, { metadata: { resourceVersion: '1' }, items });
    }
    if (name === 'stuck') return answer(response, 422, refusal(422, 'Invalid'));
    if (method === 'DELETE') deleted.push(name!);
    answer(response, 200, leaving(name!));
  });
  await using client = server.client();
  const logger = silentLogger;
  const informers = new InformerPool({ client, clock, logger });
  await using recorder = new EventRecorder({ client, component: 'test' });
  const metrics = new LoopMetrics(createRegistry());
  const controller = createPodGcController({ client, informers, recorder, clock, logger, metrics }, 0);
  const stop = new AbortController();
  const running = [informers.run(stop.signal), controller.run(stop.signal)];
  await eventually(() => deleted.length > 0);
  expect(deleted).toEqual(['free']);
  stop.abort();
  await Promise.all(running);
});
