import type { Pod, ReplicaSetCondition, ReplicaSetStatus } from '@hawser/api';
import { isActive, isAvailable, isReady, isTerminating } from '../pods/pod-state.ts';

export interface ReplicaFacts {
  readonly generation: number | undefined;
  readonly minReadySeconds: number;
  readonly templateLabels: Readonly<Record<string, string>>;
  /** All pods that are managed, in whatever state. */
  readonly pods: readonly Pod[];
  /** Why pods could not be made or deleted, if so. */
  readonly failure:
    | { readonly reason: 'FailedCreate' | 'FailedDelete'; readonly message: string }
    | undefined;
  readonly now: Date;
}

const FAILURE = 'ReplicaFailure';

/** What is to be said of the pods (pkg/controller/replicaset `calculateStatus`). */
export function replicaStatus(old: ReplicaSetStatus | undefined, facts: ReplicaFacts): ReplicaSetStatus {
  const { pods, templateLabels, minReadySeconds, now } = facts;
  const active = pods.filter(isActive);
  const labels = Object.entries(templateLabels);
  const { conditions: _old, ...kept } = old ?? {};
  const conditions = conditionsOf(old?.conditions ?? [], facts);
  return {
    ...kept,
    replicas: active.length,
    fullyLabeledReplicas: active.filter(({ metadata }) =>
      labels.every(([key, value]) => metadata.labels?.[key] === value),
    ).length,
    readyReplicas: active.filter(isReady).length,
    availableReplicas: active.filter((pod) => isAvailable(pod, minReadySeconds, now)).length,
    terminatingReplicas: pods.filter(isTerminating).length,
    observedGeneration: facts.generation,
    ...(conditions.length > 0 ? { conditions } : {}),
  };
}

/** A failure is said once, and taken back when it has passed. */
function conditionsOf(
  old: readonly ReplicaSetCondition[],
  { failure, now }: ReplicaFacts,
): ReplicaSetCondition[] {
  const others = old.filter(({ type }) => type !== FAILURE);
  if (failure === undefined) return others;
  const said = old.find(({ type }) => type === FAILURE);
  const lastTransitionTime = now.toISOString().replace(/\.\d+Z$/, 'Z');
  return [...others, said ?? { type: FAILURE, status: 'True', ...failure, lastTransitionTime }];
}
