import {
  type ApiError,
  disruptionAllowedCondition,
  forbidden,
  formatTime,
  type LabelSelector,
  matchesLabels,
  type Pod,
  type PodDisruptionBudget,
  podDisruptionBudgets,
  SelectorError,
  selectorOf,
  tooManyRequests,
  withDisruptionAllowedCondition,
} from '@hawser/api';
import type { AnyObject } from '@hawser/registry';
import type { Hub } from '../hub.ts';

/** What is granted and not yet seen by the controller may not grow beyond this, as upstream. */
const MAX_DISRUPTED_PODS = 2_000;
const REFUSED = "Cannot evict pod as it would violate the pod's disruption budget.";
const BUDGET = { group: 'policy', plural: 'poddisruptionbudget' };

/** The budgets that count a pod. One without a selector counts none. */
export function budgetsOf(hub: Hub, pod: Pod): PodDisruptionBudget[] {
  const all = hub.resources.lister(podDisruptionBudgets).list(pod.metadata.namespace ?? '');
  return all.filter(({ spec }) => spec?.selector !== undefined && selects(spec.selector, pod));
}

function selects(selector: LabelSelector, { metadata }: Pod): boolean {
  try {
    return matchesLabels(selectorOf(selector), metadata.labels);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    return false;
  }
}

/**
 * Whether a pod that is not ready may go without being counted: where its budget says so, or where enough others are
 * healthy.
 */
export function needsNoBudget({ status: pod }: Pod, { spec, status }: PodDisruptionBudget): boolean {
  if (pod?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')) return false;
  if (spec?.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}

/** Refuses for now: the budget does not know yet what the server knows. */
export function stillProcessed({ metadata }: PodDisruptionBudget): ApiError {
  return refusal(10, `The disruption budget ${metadata.name} is still being processed by the server.`);
}

/**
 * The state of a budget after one more disruption.
 * @throws ApiError TooManyRequests where it allows none, Forbidden where its numbers make no sense.
 */
export function takeDisruption(current: AnyObject, podName: string, now: Date): AnyObject {
  const budget = current as unknown as PodDisruptionBudget;
  const { name, generation = 0 } = budget.metadata;
  const status = { ...ZERO, ...budget.status };
  if ((status.observedGeneration ?? 0) < generation) throw stillProcessed(budget);
  if (status.disruptionsAllowed < 0) throw forbidden(BUDGET, name, 'pdb disruptions allowed is negative');
  if (Object.keys(status.disruptedPods ?? {}).length > MAX_DISRUPTED_PODS)
    throw forbidden(
      BUDGET,
      name,
      'DisruptedPods map too big - too many evictions not confirmed by PDB controller',
    );
  if (status.disruptionsAllowed === 0) throw refusal(0, whyNone(budget));
  status.disruptionsAllowed -= 1;
  status.disruptedPods = { ...status.disruptedPods, [podName]: formatTime(now) };
  if (status.disruptionsAllowed === 0) status.conditions = withDisruptionAllowedCondition(status, now);
  return { ...current, status };
}

const ZERO = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };

function whyNone({ metadata: { name }, status }: PodDisruptionBudget): string {
  const { currentHealthy, desiredHealthy } = { ...ZERO, ...status };
  const condition = disruptionAllowedCondition(status);
  const said = condition?.status === 'False' && condition.message ? condition : undefined;
  const refused = `The disruption budget ${name} does not allow evicting pods currently`;
  // After a failed sync the numbers cannot be trusted.
  if (said?.reason === 'SyncFailed') return `${refused} because it failed sync: ${said.message}`;
  if (currentHealthy <= desiredHealthy)
    return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  return said === undefined ? refused : `${refused} (${said.reason}): ${said.message}`;
}

function refusal(retryAfterSeconds: number, message: string): ApiError {
  return tooManyRequests(REFUSED, retryAfterSeconds, [{ reason: 'DisruptionBudget', message }]);
}
