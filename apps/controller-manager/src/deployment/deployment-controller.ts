import { type Deployment, deployments, type Pod, type ReplicaSet, replicaSets } from '@hawser/api';
import { type Informer, keyOf } from '@hawser/client';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { claimObjects } from '../ownership/claim-objects.ts';
import { indexByController, managedBy, unmanaged } from '../ownership/controller-index.ts';
import { controllerOf, refersTo } from '../ownership/controller-ref.ts';
import { PodIndex } from '../pods/pod-index.ts';
import { readSelector } from '../replica-set/replica-flavor.ts';
import { followReplicaSets } from './follow-replica-sets.ts';
import { Rollout } from './rollout.ts';

/** Rolls changes of templates out over ReplicaSets (pkg/controller/deployment). */
export function createDeploymentController(context: ControllerContext): Controller {
  const { informers, client } = context;
  const cache: Informer<typeof deployments> = informers.get(deployments);
  const sets: Informer<typeof replicaSets> = informers.get(replicaSets);
  const pods = new PodIndex(informers);
  indexByController(sets);

  const candidates = ({ metadata }: Deployment): ReplicaSet[] => [
    ...managedBy(sets, metadata.uid),
    ...unmanaged(sets, metadata.namespace),
  ];
  const podsOf = (owned: readonly ReplicaSet[]): Pod[] =>
    owned.flatMap(({ metadata }) => pods.managedBy(metadata.uid));

  const sync = async (key: string, signal: AbortSignal): Promise<void> => {
    const deployment = cache.get(key);
    // What selects everything does nothing.
    const selector = deployment && readSelector(deployment.spec.selector);
    if (deployment === undefined || selector === undefined) return;
    const options = { client, ownerKind: deployments, kind: replicaSets, selector, signal };
    const owned = await claimObjects(deployment, candidates(deployment), options);
    const requeue = (afterMs: number) => reconciler.queue.addAfter(key, afterMs);
    await new Rollout(
      context,
      structuredClone(deployment),
      owned,
      () => podsOf(owned),
      signal,
      requeue,
    ).run();
  };

  const reconciler = new Reconciler(context, { name: 'deployment-controller', sync });
  const enqueue = (deployment: Deployment) => reconciler.queue.add(keyOf(deployment));
  /** A Recreate waits for the last pod of what went before. */
  const podGone = (pod: Pod) => {
    const reference = controllerOf(pod);
    if (reference === undefined || !refersTo(reference, replicaSets)) return;
    const set = sets.get(`${pod.metadata.namespace}/${reference.name}`);
    const owner = set && ownerOf(set);
    if (owner?.spec.strategy?.type === 'Recreate') enqueue(owner);
  };
  const ownerOf = (set: ReplicaSet): Deployment | undefined => {
    const reference = controllerOf(set);
    if (reference === undefined || !refersTo(reference, deployments)) return undefined;
    const owner = cache.get(`${set.metadata.namespace}/${reference.name}`);
    return owner?.metadata.uid === reference.uid ? owner : undefined;
  };
  return reconciler
    .follow(cache)
    .watch(sets, followReplicaSets({ ownerOf, list: (namespace) => cache.list(namespace), enqueue }))
    .watch(pods.informer, { deleted: podGone });
}
