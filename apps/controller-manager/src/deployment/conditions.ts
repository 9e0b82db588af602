import type { DeploymentCondition, DeploymentStatus } from '@hawser/api';
import { timestamp } from '../node-lifecycle/node-condition.ts';

/** Why a Deployment does or does not get on (pkg/controller/deployment/util). */
export const NEW_SET_AVAILABLE = 'NewReplicaSetAvailable';
export const TIMED_OUT = 'ProgressDeadlineExceeded';
export const PAUSED = 'DeploymentPaused';

export function conditionOf(
  status: DeploymentStatus | undefined,
  type: string,
): DeploymentCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

export function condition(
  type: string,
  status: 'True' | 'False' | 'Unknown',
  reason: string,
  message: string,
  now: Date,
): DeploymentCondition {
  const time = timestamp(now);
  return { type, status, lastUpdateTime: time, lastTransitionTime: time, reason, message };
}

/** Says it, unless it is said already; the time of transition is that of the last other status. */
export function withCondition(
  conditions: readonly DeploymentCondition[],
  said: DeploymentCondition,
): DeploymentCondition[] {
  const before = conditions.find(({ type }) => type === said.type);
  if (before?.status === said.status && before.reason === said.reason) return [...conditions];
  const lastTransitionTime =
    before?.status === said.status ? before.lastTransitionTime : said.lastTransitionTime;
  return [...without(conditions, said.type), { ...said, lastTransitionTime }];
}

export function without(conditions: readonly DeploymentCondition[], type: string): DeploymentCondition[] {
  return conditions.filter((one) => one.type !== type);
}
