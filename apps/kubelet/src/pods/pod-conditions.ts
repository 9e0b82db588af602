import type { ContainerStatus, Pod, PodCondition } from '@hawser/api';
import { timestamp } from './container-status.ts';
import type { PodPhase } from './pod-phase.ts';
import { containersOf, initContainersOf, isSidecar } from './pod-spec-queries.ts';

type Verdict = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

export interface ConditionFacts {
  pod: Pod;
  phase: PodPhase;
  initStatuses: readonly ContainerStatus[];
  statuses: readonly ContainerStatus[];
  hasSandbox: boolean;
  /** Whose network the pod has, if it did not ask for the node's and has one. */
  network: 'pod' | 'host' | undefined;
  now: Date;
}

/** A pod's conditions in upstream's words; those of others, such as readiness gates', are kept. */
export function podConditions(facts: ConditionFacts): PodCondition[] {
  const { pod, now } = facts;
  const previous = pod.status?.conditions ?? [];
  const containersReady = containersReadyVerdict(facts);
  const verdicts: Verdict[] = [
    { type: 'PodReadyToStartContainers', status: facts.hasSandbox ? 'True' : 'False' },
    initializedVerdict(facts),
    readyVerdict(facts, containersReady),
    containersReady,
    { type: 'PodScheduled', status: 'True' },
    ...networkVerdicts(facts),
  ];
  const owned = new Set(verdicts.map(({ type }) => type));
  const foreign = previous.filter(({ type }) => !owned.has(type));
  return [...verdicts.map((verdict) => withTimes(verdict, previous, pod, now)), ...foreign];
}

/** Says of a pod whether it has the address of its own that it is to have. */
export const POD_NETWORK = 'hawser.dev/PodNetwork';

function networkVerdicts({ network }: ConditionFacts): Verdict[] {
  if (network === undefined) return [];
  if (network === 'pod') return [{ type: POD_NETWORK, status: 'True', reason: 'Kubenet' }];
  return [notYet(POD_NETWORK, 'HostNetwork', 'the pod shares the network and the address of its node')];
}

function withTimes(
  verdict: Verdict,
  previous: readonly PodCondition[],
  { metadata }: Pod,
  now: Date,
): PodCondition {
  const before = previous.find(({ type }) => type === verdict.type);
  const lastTransitionTime = before?.status === verdict.status ? before.lastTransitionTime : timestamp(now);
  return {
    ...verdict,
    observedGeneration: metadata.generation,
    lastTransitionTime: lastTransitionTime ?? timestamp(now),
  };
}

function initializedVerdict({ pod, phase, initStatuses }: ConditionFacts): Verdict {
  const type = 'Initialized';
  if (phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' };
  const incomplete = initContainersOf(pod)
    .filter(
      (container) =>
        !isComplete(
          isSidecar(container),
          initStatuses.find(({ name }) => name === container.name),
        ),
    )
    .map(({ name }) => name);
  if (incomplete.length === 0) return { type, status: 'True' };
  return notYet(
    type,
    'ContainersNotInitialized',
    `containers with incomplete status: [${incomplete.join(' ')}]`,
  );
}

function isComplete(sidecar: boolean, status: ContainerStatus | undefined): boolean {
  if (sidecar) return status?.started === true;
  return status?.state?.terminated?.exitCode === 0;
}

function containersReadyVerdict({ pod, phase, initStatuses, statuses }: ConditionFacts): Verdict {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return notYet(type, 'PodCompleted');
  if (phase === 'Failed') return notYet(type, 'PodFailed');
  const wanted = [...initContainersOf(pod).filter(isSidecar), ...containersOf(pod)];
  const all = [...initStatuses, ...statuses];
  const unready = wanted
    .filter(({ name }) => !all.find((status) => status.name === name)?.ready)
    .map(({ name }) => name);
  if (unready.length === 0) return { type, status: 'True' };
  return notYet(type, 'ContainersNotReady', `containers with unready status: [${unready.join(' ')}]`);
}

function readyVerdict({ pod }: ConditionFacts, containersReady: Verdict): Verdict {
  if (containersReady.status !== 'True') return { ...containersReady, type: 'Ready' };
  const problems = (pod.spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const gate = pod.status?.conditions?.find(({ type }) => type === conditionType);
    if (gate === undefined)
      return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    return gate.status === 'True'
      ? []
      : [`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`];
  });
  if (problems.length === 0) return { type: 'Ready', status: 'True' };
  return notYet('Ready', 'ReadinessGatesNotReady', problems.join(', '));
}

function notYet(type: string, reason: string, message?: string): Verdict {
  return { type, status: 'False', reason, ...(message ? { message } : {}) };
}
