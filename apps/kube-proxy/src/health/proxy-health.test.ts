import { expect, test } from 'bun:test';
import { FakeClock } from '@hawser/runtime';
import { ProxyHealth } from './proxy-health.ts';

function start() {
  const clock = new FakeClock('2026-01-01T00:00:00Z');
  return { clock, health: new ProxyHealth({ clock, timeoutMs: 60_000 }) };
}
const node = (more: object = {}) =>
  ({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' }, ...more }) as const;

test('who starts and who follows is healthy, and says so as upstream', () => {
  const { clock, health } = start();
  expect(health.healthz()).toEqual({
    code: 200,
    text: '{"lastUpdated": "2026-01-01 00:00:00.000 +0000 UTC","currentTime": "2026-01-01 00:00:00.000 +0000 UTC", "nodeEligible": true}',
    type: 'application/json',
  });
  health.queued();
  clock.advance(59_000);
  expect(health.livez().code).toBe(200);
  health.updated(clock.now().getTime());
  clock.advance(600_000);
  expect(health.healthz().code).toBe(200);
});

test('who knows of a change for too long is not, until it is done', () => {
  const { clock, health } = start();
  health.queued();
  clock.advance(30_000);
  health.queued();
  clock.advance(30_000);
  expect([health.healthz().code, health.livez().code]).toEqual([503, 503]);
  health.updated(clock.now().getTime());
  expect(health.healthz().code).toBe(200);
});

test('a change that came while others were being done waits on', () => {
  const { clock, health } = start();
  health.queued();
  const startedMs = clock.now().getTime();
  clock.advance(1_000);
  health.queued();
  health.updated(startedMs);
  clock.advance(60_000);
  expect(health.isHealthy).toBe(false);
});

test.each([
  { name: 'is deleted', seen: undefined },
  {
    name: 'is being deleted',
    seen: node({ metadata: { name: 'a', deletionTimestamp: '2026-01-01T00:00:00Z' } }),
  },
  {
    name: 'is to be deleted',
    seen: node({ spec: { taints: [{ key: 'ToBeDeletedByClusterAutoscaler', effect: 'NoSchedule' }] } }),
  },
])('a node that $name gets no more traffic from load balancers, but lives', ({ seen }) => {
  const { health } = start();
  health.nodeSeen(node());
  expect(health.healthz().code).toBe(200);
  health.nodeSeen(seen);
  expect([health.healthz().code, health.livez().code]).toEqual([503, 200]);
  expect(JSON.parse(health.healthz().text)).toMatchObject({ nodeEligible: false });
});
