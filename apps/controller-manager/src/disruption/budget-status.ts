import {
  type PodDisruptionBudget,
  type PodDisruptionBudgetSpec,
  type PodDisruptionBudgetStatus,
  withDisruptionAllowedCondition,
} from '@hawser/api';

/** How many pods there should be, and how many of them healthy. */
export interface Expectation {
  readonly expectedPods: number;
  readonly desiredHealthy: number;
}

/** Whether what a budget says depends on how many pods their controllers want, not only on how many there are. */
export function needsScale({ maxUnavailable, minAvailable }: PodDisruptionBudgetSpec): boolean {
  return maxUnavailable !== undefined || typeof minAvailable === 'string';
}

/**
 * What a budget asks for (`pkg/controller/disruption`, getExpectedPodCount).
 * @param count how many pods there are, or should be where that counts.
 */
export function expectationOf(
  { maxUnavailable, minAvailable }: PodDisruptionBudgetSpec,
  count: number,
): Expectation {
  if (maxUnavailable !== undefined)
    return { expectedPods: count, desiredHealthy: Math.max(0, count - scaled(maxUnavailable, count)) };
  if (minAvailable === undefined) return { expectedPods: 0, desiredHealthy: 0 };
  return { expectedPods: count, desiredHealthy: scaled(minAvailable, count) };
}

/** A number, or a percentage of a number, rounded up. */
function scaled(value: number | string, of: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * of) / 100);
}

/** The status that follows; nothing may be disrupted where no pod is expected. */
export function budgetStatus(
  { metadata, status }: PodDisruptionBudget,
  { expectedPods, desiredHealthy }: Expectation,
  currentHealthy: number,
  disruptedPods: Readonly<Record<string, string>>,
  now: Date,
): PodDisruptionBudgetStatus {
  const disruptionsAllowed = expectedPods > 0 ? Math.max(0, currentHealthy - desiredHealthy) : 0;
  const { conditions } = status ?? {};
  const next: PodDisruptionBudgetStatus = {
    observedGeneration: metadata.generation ?? 0,
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    ...(Object.keys(disruptedPods).length > 0 ? { disruptedPods: { ...disruptedPods } } : {}),
    ...(conditions === undefined ? {} : { conditions }),
  };
  return { ...next, conditions: withDisruptionAllowedCondition(next, now) };
}
