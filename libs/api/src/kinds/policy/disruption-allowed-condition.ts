import { formatTime } from '../../decode/format-time.ts';
import type { Condition } from '../meta/condition.ts';
import type { PodDisruptionBudgetStatus } from './pod-disruption-budget.ts';

const DISRUPTION_ALLOWED = 'DisruptionAllowed';

/**
 * The conditions of a budget's status with the one that says whether a pod may be disrupted
 * (component-helpers/apps/poddisruptionbudget). The time of the last transition moves only with the status.
 */
export function withDisruptionAllowedCondition(status: PodDisruptionBudgetStatus, now: Date): Condition[] {
  const allowed = status.disruptionsAllowed > 0;
  const reason = allowed ? 'SufficientPods' : 'InsufficientPods';
  return withCondition(status, { status: allowed ? 'True' : 'False', reason, message: '' }, now);
}

/** The conditions of a budget whose numbers could not be reckoned: nothing may be disrupted. */
export function withSyncFailedCondition(
  status: PodDisruptionBudgetStatus,
  message: string,
  now: Date,
): Condition[] {
  return withCondition(status, { status: 'False', reason: 'SyncFailed', message }, now);
}

/** The condition that says whether a pod may be disrupted; undefined before the budget was first looked at. */
export function disruptionAllowedCondition(
  status: PodDisruptionBudgetStatus | undefined,
): Condition | undefined {
  return status?.conditions?.find(({ type }) => type === DISRUPTION_ALLOWED);
}

function withCondition(
  status: PodDisruptionBudgetStatus,
  said: Pick<Condition, 'status' | 'reason' | 'message'>,
  now: Date,
): Condition[] {
  const { conditions = [], observedGeneration = 0 } = status;
  const before = disruptionAllowedCondition(status);
  const lastTransitionTime = before?.status === said.status ? before.lastTransitionTime : formatTime(now);
  const condition = { type: DISRUPTION_ALLOWED, ...said, observedGeneration, lastTransitionTime };
  if (before === undefined) return [...conditions, condition];
  return conditions.map((one) => (one === before ? condition : one));
}
