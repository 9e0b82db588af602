import type { Deployment, DeploymentStatus, ReplicaSet } from '@hawser/api';
import {
  condition,
  conditionOf,
  NEW_SET_AVAILABLE,
  TIMED_OUT,
  withCondition,
  without,
} from './conditions.ts';
import { availableOf, sizeOf, sum } from './replica-set-selection.ts';
import { rolloutLimits } from './rollout-limits.ts';

/** A deadline that never comes. */
const NO_DEADLINE = 2 ** 31 - 1;

/** What is to be counted of the ReplicaSets, and whether enough pods are available (`calculateStatus`). */
export function countedStatus(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  fresh: ReplicaSet | undefined,
  now: Date,
): DeploymentStatus {
  const { desired, maxUnavailable } = rolloutLimits(deployment);
  const available = sum(sets.map(availableOf));
  const enough = available >= desired - maxUnavailable;
  const said = enough
    ? condition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', now)
    : condition(
        'Available',
        'False',
        'MinimumReplicasUnavailable',
        'Deployment does not have minimum availability.',
        now,
      );
  const { collisionCount, conditions = [] } = deployment.status ?? {};
  return withoutZeros({
    observedGeneration: deployment.metadata.generation,
    replicas: sum(sets.map(({ status }) => status?.replicas)),
    updatedReplicas: fresh?.status?.replicas,
    readyReplicas: sum(sets.map(({ status }) => status?.readyReplicas)),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum(sets.map(sizeOf)) - available),
    terminatingReplicas: sum(sets.map(({ status }) => status?.terminatingReplicas)),
    collisionCount,
    conditions: withCondition(conditions, said),
  });
}

/** Zeros are left out, as upstream's JSON leaves them out; of those on their way out there may be said to be none. */
function withoutZeros(status: DeploymentStatus): DeploymentStatus {
  const kept = Object.entries(status).filter(
    ([key, value]) => value !== undefined && (value !== 0 || key === 'terminatingReplicas'),
  );
  return Object.fromEntries(kept);
}

/** All pods are of the current template, available, and nothing else is left. */
export function isComplete({ spec, metadata }: Deployment, status: DeploymentStatus): boolean {
  const desired = spec.replicas ?? 1;
  const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, observedGeneration = 0 } = status;
  return (
    updatedReplicas === desired &&
    replicas === desired &&
    availableReplicas === desired &&
    observedGeneration >= (metadata.generation ?? 0)
  );
}

function isProgressing({ status: old = {} }: Deployment, status: DeploymentStatus): boolean {
  const { updatedReplicas = 0, replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  return (
    updatedReplicas > (old.updatedReplicas ?? 0) ||
    replicas - updatedReplicas < (old.replicas ?? 0) - (old.updatedReplicas ?? 0) ||
    readyReplicas > (old.readyReplicas ?? 0) ||
    availableReplicas > (old.availableReplicas ?? 0)
  );
}

export function hasDeadline({ spec }: Deployment): boolean {
  return spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== NO_DEADLINE;
}

function isTimedOut(deployment: Deployment, status: DeploymentStatus, now: Date): boolean {
  const said = conditionOf(status, 'Progressing');
  if (said === undefined || said.reason === NEW_SET_AVAILABLE) return false;
  if (said.reason === TIMED_OUT) return true;
  return (untilTimeout(deployment, status, now) ?? 1) < 0;
}

/** Milliseconds until a rollout without progress has failed; undefined when that cannot be. */
export function untilTimeout(
  deployment: Deployment,
  status: DeploymentStatus,
  now: Date,
): number | undefined {
  const said = conditionOf(status, 'Progressing');
  if (!hasDeadline(deployment) || said?.lastUpdateTime === undefined) return undefined;
  if (said.reason === TIMED_OUT || isComplete(deployment, status)) return undefined;
  const deadlineMs = (deployment.spec.progressDeadlineSeconds ?? 0) * 1000;
  return Date.parse(said.lastUpdateTime) + deadlineMs - now.getTime();
}

/** The counted status with what is to be said of the rollout (pkg/controller/deployment/progress.go). */
export function rolloutStatus(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  fresh: ReplicaSet | undefined,
  now: Date,
): DeploymentStatus {
  const status = countedStatus(deployment, sets, fresh, now);
  let conditions = status.conditions ?? [];
  if (!hasDeadline(deployment)) conditions = without(conditions, 'Progressing');
  else conditions = progressConditions(deployment, status, fresh, now);
  const failed = [fresh, ...sets].flatMap(
    (set) => set?.status?.conditions?.find(({ type }) => type === 'ReplicaFailure') ?? [],
  )[0];
  conditions = without(conditions, 'ReplicaFailure');
  if (failed !== undefined) {
    const before = conditionOf(deployment.status, 'ReplicaFailure');
    const same = before?.reason === failed.reason && before?.message === failed.message;
    const { reason = '', message = '' } = failed;
    conditions.push(same && before ? before : condition('ReplicaFailure', 'True', reason, message, now));
  }
  return { ...status, conditions };
}

function progressConditions(
  deployment: Deployment,
  status: DeploymentStatus,
  fresh: ReplicaSet | undefined,
  now: Date,
) {
  const conditions = status.conditions ?? [];
  const current = conditionOf(status, 'Progressing');
  const wasComplete = status.replicas === status.updatedReplicas && current?.reason === NEW_SET_AVAILABLE;
  if (wasComplete) return conditions;
  const what =
    fresh === undefined
      ? `Deployment ${JSON.stringify(deployment.metadata.name)}`
      : `ReplicaSet ${JSON.stringify(fresh.metadata.name)}`;
  if (isComplete(deployment, status)) {
    const words = `${what} has successfully progressed.`;
    return withCondition(conditions, condition('Progressing', 'True', NEW_SET_AVAILABLE, words, now));
  }
  if (isProgressing(deployment, status)) {
    const said = condition('Progressing', 'True', 'ReplicaSetUpdated', `${what} is progressing.`, now);
    // Each step counts anew against the deadline, also when it is said again.
    const lastTransitionTime =
      current?.status === 'True' ? current.lastTransitionTime : said.lastTransitionTime;
    return [...without(conditions, 'Progressing'), { ...said, lastTransitionTime }];
  }
  if (isTimedOut(deployment, status, now)) {
    const words = `${what} has timed out progressing.`;
    return withCondition(conditions, condition('Progressing', 'False', TIMED_OUT, words, now));
  }
  return conditions;
}
