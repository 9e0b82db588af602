import {
  deployments,
  type OwnerReference,
  type Pod,
  replicaSets,
  replicationControllers,
  statefulSets,
} from '@hawser/api';
import { discoverResources, isNotFound, type KubeClient, type Resource } from '@hawser/client';
import type { InformerPool } from '../framework/informer-pool.ts';

/** The part of what makes pods that is looked at. */
interface Scalable {
  readonly metadata: { readonly uid?: string; readonly ownerReferences?: readonly OwnerReference[] };
  readonly spec?: { readonly replicas?: number };
}

/** How many pods the controllers of some pods want together, and the pods that have none. */
export interface ExpectedScale {
  readonly count: number;
  readonly unmanaged: readonly Pod[];
}

/** Finds how many pods their controllers want (`pkg/controller/disruption`, getExpectedScale). */
export class ScaleFinder {
  readonly #caches: readonly {
    readonly resource: Resource;
    readonly get: (key: string) => Scalable | undefined;
  }[];
  /** What must be in the caches first. */
  readonly synced: Promise<unknown>;

  constructor(
    private readonly client: KubeClient,
    informers: InformerPool,
  ) {
    const kinds = [replicationControllers, replicaSets, deployments, statefulSets] as const;
    const all = kinds.map((resource) => ({ resource, informer: informers.get<Resource>(resource) }));
    this.#caches = all.map(({ resource, informer }) => ({
      resource,
      get: (key) => informer.get(key) as unknown as Scalable | undefined,
    }));
    this.synced = Promise.all(all.map(({ informer }) => informer.synced));
  }

  /** @throws Error where a pod's controller cannot be found or does not say how many it wants. */
  async expected(pods: readonly Pod[], signal: AbortSignal): Promise<ExpectedScale> {
    const owners = new Set<string>();
    const scales = new Map<string, number>();
    const unmanaged: Pod[] = [];
    for (const pod of pods) {
      const owner = controllerOf(pod);
      if (owner === undefined) unmanaged.push(pod);
      else if (!owners.has(owner.uid)) {
        // Several ReplicaSets of one Deployment want together as many pods as that does.
        const { uid, replicas } = await this.#scaleOf(pod, owner, signal);
        owners.add(owner.uid);
        scales.set(uid, replicas);
      }
    }
    return { count: [...scales.values()].reduce((sum, scale) => sum + scale, 0), unmanaged };
  }

  async #scaleOf(
    pod: Pod,
    owner: OwnerReference,
    signal: AbortSignal,
  ): Promise<{ uid: string; replicas: number }> {
    const { namespace = '', name } = pod.metadata;
    const direct = this.#cached(namespace, owner);
    const above = direct === undefined ? undefined : controllerOf(direct);
    const object = above?.kind === 'Deployment' ? (this.#cached(namespace, above) ?? direct) : direct;
    if (object !== undefined)
      return { uid: object.metadata.uid ?? owner.uid, replicas: object.spec?.replicas ?? 1 };
    const scale = await this.#scaleSubresource(namespace, owner, signal);
    if (scale === undefined) throw new Error(`found no controllers for pod ${JSON.stringify(name)}`);
    return { uid: owner.uid, replicas: scale };
  }

  #cached(namespace: string, { apiVersion, kind, name, uid }: OwnerReference): Scalable | undefined {
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
    const cache = this.#caches.find(({ resource }) => resource.kind === kind && resource.group === group);
    const found = cache?.get(`${namespace}/${name}`);
    return found?.metadata.uid === uid ? found : undefined;
  }

  /** What other kinds want is asked of their scale, where they have one. */
  async #scaleSubresource(
    namespace: string,
    { apiVersion, kind, name, uid }: OwnerReference,
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { resources } = await discoverResources(this.client, signal);
    const resource = resources.find(
      (one) => one.kind === kind && apiVersion === (one.group ? `${one.group}/${one.version}` : one.version),
    );
    if (resource === undefined) return undefined;
    try {
      const scale = await this.client.get(resource, name, { namespace, subresource: 'scale', signal });
      if (scale.metadata.uid !== uid) return undefined;
      return (scale['spec'] as { replicas?: number } | undefined)?.replicas ?? 0;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      if (error.status.details?.name !== undefined) return undefined;
      const group = resource.group === '' ? '' : `.${resource.group}`;
      throw new Error(`${resource.plural}${group} does not implement the scale subresource`);
    }
  }
}

function controllerOf({ metadata }: Scalable | Pod): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller);
}
