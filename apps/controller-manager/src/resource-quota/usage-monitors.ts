import {
  type DiscoveredResource,
  discoverResources,
  type GenericObject,
  Informer,
  type KubeClient,
} from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { type Evaluator, evaluatorFor } from '@hawser/quota';
import { type Clock, sleep } from '@hawser/runtime';

/** Kinds come and go: how old an answer of discovery may be. */
const DISCOVERY_MS = 30_000;
/** How long a first list may take. */
const SYNC_TIMEOUT_MS = 30_000;
/** Resources whose objects use more than their number: they are kept whole. */
const MEASURED = new Set(['pods', 'services', 'persistentvolumeclaims']);
const BY_NAMESPACE = 'namespace';

/** The objects of one resource, and who knows what they use. */
export interface Monitored {
  readonly evaluator: Evaluator;
  objectsIn(namespace: string): readonly object[];
}

export interface UsageMonitorsOptions {
  readonly client: KubeClient;
  /** Something of what a resource's objects use was freed in a namespace. */
  readonly onFreed: (namespace: string, evaluator: Evaluator) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Follows what quotas limit, from when a quota first does: where there is none, nothing is watched. */
export class UsageMonitors {
  readonly #informers = new Map<string, Informer<DiscoveredResource, GenericObject>>();
  readonly #running = new Set<Promise<void>>();
  #resources: { found: readonly DiscoveredResource[]; atMs: number } | undefined;

  constructor(private readonly options: UsageMonitorsOptions) {}

  /**
   * The resources whose objects use any of what is named, with their caches full.
   * @throws where discovery fails or a list does not come.
   */
  async measuring(names: readonly string[], signal: AbortSignal): Promise<Monitored[]> {
    const wanted = (await this.#discovered(signal)).flatMap((resource) => {
      const evaluator = evaluatorFor(resource.group, resource.plural);
      return evaluator !== undefined && names.some(evaluator.measures) ? [{ resource, evaluator }] : [];
    });
    return await Promise.all(
      wanted.map(async ({ resource, evaluator }) => {
        const informer = await this.#synced(resource, evaluator, signal);
        return { evaluator, objectsIn: (namespace: string) => informer.index(BY_NAMESPACE, namespace) };
      }),
    );
  }

  /** Resolves when every watch has ended, which the signal given with the first need of it makes them. */
  async ended(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Namespaced resources that can be followed, each in one version. */
  async #discovered(signal: AbortSignal): Promise<readonly DiscoveredResource[]> {
    const nowMs = this.options.clock.now().getTime();
    if (this.#resources !== undefined && nowMs - this.#resources.atMs < DISCOVERY_MS)
      return this.#resources.found;
    const { resources } = await discoverResources(this.options.client, signal);
    const found = resources.filter(
      ({ namespaced, verbs }) => namespaced && verbs.includes('list') && verbs.includes('watch'),
    );
    this.#resources = { found, atMs: nowMs };
    return found;
  }

  async #synced(
    resource: DiscoveredResource,
    evaluator: Evaluator,
    signal: AbortSignal,
  ): Promise<Informer<DiscoveredResource, GenericObject>> {
    const informer = this.#informerOf(resource, evaluator, signal);
    if (informer.hasSynced) return informer;
    const waited = new AbortController();
    try {
      const timeout = sleep(SYNC_TIMEOUT_MS, AbortSignal.any([signal, waited.signal]), this.options.clock);
      await Promise.race([informer.synced, timeout]);
    } finally {
      waited.abort();
    }
    if (!informer.hasSynced) throw new Error(`the list of ${resource.plural} does not come`);
    return informer;
  }

  #informerOf(
    resource: DiscoveredResource,
    evaluator: Evaluator,
    signal: AbortSignal,
  ): Informer<DiscoveredResource, GenericObject> {
    const { client, onFreed, clock, logger } = this.options;
    const key = `${resource.group}/${resource.plural}`;
    const known = this.#informers.get(key);
    if (known !== undefined) return known;
    const informer = new Informer<DiscoveredResource, GenericObject>(client, resource, {
      metadataOnly: resource.group !== '' || !MEASURED.has(resource.plural),
      indexes: { [BY_NAMESPACE]: ({ metadata }) => [metadata.namespace ?? ''] },
      clock,
      logger,
    });
    informer.subscribe({
      updated: (before, after) => {
        if (frees(evaluator, before, after, clock.now())) onFreed(after.metadata.namespace ?? '', evaluator);
      },
      deleted: ({ metadata }) => onFreed(metadata.namespace ?? '', evaluator),
    });
    this.#informers.set(key, informer);
    const running = informer.run(signal).finally(() => this.#running.delete(running));
    this.#running.add(running);
    return informer;
  }
}

/** Whether a change uses less than before, as when a pod has ended. More is charged by the server. */
function frees(evaluator: Evaluator, before: object, after: object, now: Date): boolean {
  const is = evaluator.usage(after, now);
  return [...evaluator.usage(before, now)].some(([name, { nano }]) => (is.get(name)?.nano ?? 0n) < nano);
}
