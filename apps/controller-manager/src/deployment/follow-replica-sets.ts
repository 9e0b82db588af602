import { type Deployment, matchesLabels, type ReplicaSet } from '@hawser/api';
import type { SourceHandler } from '../framework/reconciler.ts';
import { controllerOf } from '../ownership/controller-ref.ts';
import { readSelector } from '../replica-set/replica-flavor.ts';

/** Tells Deployments what happens to their ReplicaSets, and to ones that they may want to adopt. */
export function followReplicaSets(options: {
  readonly ownerOf: (set: ReplicaSet) => Deployment | undefined;
  readonly list: (namespace: string | undefined) => Deployment[];
  readonly enqueue: (deployment: Deployment) => void;
}): SourceHandler<ReplicaSet> {
  const { ownerOf, list, enqueue } = options;
  const look = (set: ReplicaSet) => {
    const owner = ownerOf(set);
    if (owner !== undefined) return enqueue(owner);
    if (controllerOf(set) !== undefined || set.metadata.deletionTimestamp !== undefined) return;
    for (const deployment of list(set.metadata.namespace)) {
      const selector = readSelector(deployment.spec.selector);
      if (selector !== undefined && matchesLabels(selector, set.metadata.labels)) enqueue(deployment);
    }
  };
  return {
    added: look,
    updated: (before, after) => {
      const old = ownerOf(before);
      if (old !== undefined && controllerOf(before)?.uid !== controllerOf(after)?.uid) enqueue(old);
      look(after);
    },
    deleted: look,
  };
}
