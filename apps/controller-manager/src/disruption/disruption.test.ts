import { describe, expect, test } from 'bun:test';
import type { Pod, PodDisruptionBudget, PodDisruptionBudgetSpec } from '@hawser/api';
import { budgetStatus, expectationOf, needsScale } from './budget-status.ts';
import { countHealthy, lookAtDisrupted } from './healthy-pods.ts';
import { staleAtMs } from './stale-disruption.ts';

const now = new Date('2026-01-01T00:10:00Z');
const budget = (status: object = {}) =>
  ({ metadata: { name: 'b', generation: 3 }, spec: {}, status }) as unknown as PodDisruptionBudget;
const pod = (name: string, { ready = true, leaving = false } = {}) =>
  ({
    metadata: { name, ...(leaving ? { deletionTimestamp: '2026-01-01T00:10:30Z' } : {}) },
    status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  }) as unknown as Pod;

test.each<{
  spec: PodDisruptionBudgetSpec;
  count: number;
  expected: number;
  desired: number;
}>([
  { spec: { minAvailable: 2 }, count: 5, expected: 5, desired: 2 },
  { spec: { minAvailable: 7 }, count: 5, expected: 5, desired: 7 },
  { spec: { minAvailable: '50%' }, count: 5, expected: 5, desired: 3 },
  { spec: { maxUnavailable: 1 }, count: 5, expected: 5, desired: 4 },
  { spec: { maxUnavailable: 9 }, count: 5, expected: 5, desired: 0 },
  { spec: { maxUnavailable: '30%' }, count: 5, expected: 5, desired: 3 },
  { spec: {}, count: 5, expected: 0, desired: 0 },
])('$spec of $count pods asks for $desired', ({ spec, count, expected, desired }) => {
  expect(expectationOf(spec, count)).toEqual({ expectedPods: expected, desiredHealthy: desired });
});

test('only what is relative, or counts the missing, asks how many pods there should be', () => {
  expect(needsScale({ minAvailable: 1 })).toBe(false);
  expect(needsScale({ minAvailable: '1%' })).toBe(true);
  expect(needsScale({ maxUnavailable: 0 })).toBe(true);
});

describe('evictions that were granted', () => {
  test('are remembered until the pod goes, or for two minutes', () => {
    const disruptedPods = {
      fresh: '2026-01-01T00:09:00Z',
      fresher: '2026-01-01T00:09:30Z',
      stuck: '2026-01-01T00:07:00Z',
      leaving: '2026-01-01T00:09:00Z',
      gone: '2026-01-01T00:09:00Z',
    };
    const pods = [
      pod('fresh'),
      pod('fresher'),
      pod('stuck'),
      pod('leaving', { leaving: true }),
      pod('other'),
    ];
    const { pending, overdue, recheckAtMs } = lookAtDisrupted(budget({ disruptedPods }), pods, now);
    expect(pending).toEqual({ fresh: disruptedPods.fresh, fresher: disruptedPods.fresher });
    expect(overdue.map(({ metadata }) => metadata.name)).toEqual(['stuck']);
    expect(new Date(recheckAtMs!).toISOString()).toBe('2026-01-01T00:11:00.000Z');
  });

  test('make a pod count as unhealthy, as does leaving or not being ready', () => {
    const pods = [pod('a'), pod('b', { ready: false }), pod('c', { leaving: true }), pod('d')];
    expect(countHealthy(pods, { d: '2026-01-01T00:09:00Z' })).toBe(1);
  });
});

describe('the status', () => {
  const healthyOf = (healthy: number, expectedPods = 3, status = {}) =>
    budgetStatus(budget(status), { expectedPods, desiredHealthy: 2 }, healthy, {}, now);

  test('allows what is healthy beyond what must be', () => {
    expect(healthyOf(3)).toEqual({
      observedGeneration: 3,
      disruptionsAllowed: 1,
      currentHealthy: 3,
      desiredHealthy: 2,
      expectedPods: 3,
      conditions: [
        {
          type: 'DisruptionAllowed',
          status: 'True',
          reason: 'SufficientPods',
          message: '',
          observedGeneration: 3,
          lastTransitionTime: '2026-01-01T00:10:00Z',
        },
      ],
    });
  });

  test('allows nothing below that, or where no pod is expected', () => {
    expect(healthyOf(1).disruptionsAllowed).toBe(0);
    expect(healthyOf(5, 0).disruptionsAllowed).toBe(0);
  });

  test('keeps the time at which its condition last changed, and the conditions of others', () => {
    const before = healthyOf(3).conditions!.map((one) => ({
      ...one,
      lastTransitionTime: '2025-01-01T00:00:00Z',
    }));
    const other = { ...before[0]!, type: 'Other' };
    const kept = healthyOf(3, 3, { conditions: [other, ...before] });
    expect(kept.conditions?.map(({ type }) => type)).toEqual(['Other', 'DisruptionAllowed']);
    expect(kept.conditions?.[1]?.lastTransitionTime).toBe('2025-01-01T00:00:00Z');
    const changed = healthyOf(1, 3, { conditions: before });
    expect(changed.conditions?.[0]).toMatchObject({
      status: 'False',
      reason: 'InsufficientPods',
      lastTransitionTime: '2026-01-01T00:10:00Z',
    });
  });
});

describe('the mark of a pod that is to go', () => {
  const marked = (status: string, more: object = {}) =>
    ({
      metadata: { name: 'a', ...more },
      status: {
        phase: 'Running',
        conditions: [{ type: 'DisruptionTarget', status, lastTransitionTime: '2026-01-01T00:00:00Z' }],
      },
    }) as unknown as Pod;

  test('is stale after two minutes', () => {
    expect(staleAtMs(marked('True'))).toBe(Date.parse('2026-01-01T00:02:00Z'));
  });

  test('is none where it was taken back, or the pod is going', () => {
    expect(staleAtMs(marked('False'))).toBeUndefined();
    expect(staleAtMs(marked('True', { deletionTimestamp: '2026-01-01T00:00:30Z' }))).toBeUndefined();
    expect(staleAtMs(pod('a'))).toBeUndefined();
  });
});
