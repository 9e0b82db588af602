import {
  Informer,
  type InformerOptions,
  type KubeClient,
  type Named,
  type ObjectFor,
  type Resource,
} from '@hawser/client';
import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';

type Selection = Pick<InformerOptions<never>, 'namespace' | 'labelSelector' | 'fieldSelector'>;

/**
 * Informers shared by the loops: one a collection and selection, so that each is watched once. Ask for informers
 * while the loops are being made; `run` starts those that were asked for.
 */
export class InformerPool {
  // The types of the informers differ; `get` gives each out under the type of its resource.
  readonly #informers = new Map<string, Informer<Resource, Named>>();

  constructor(private readonly options: { client: KubeClient; clock: Clock; logger: Logger }) {}

  /** The informer of a collection, whole or narrowed by a selection. */
  get<R extends Resource>(resource: R, selection: Selection = {}): Informer<R> {
    const { group, version, plural } = resource;
    const key = JSON.stringify([group, version, plural, selection]);
    const known = this.#informers.get(key);
    if (known) return known as unknown as Informer<R>;
    const { client, clock, logger } = this.options;
    const informer = new Informer<R, ObjectFor<R> & Named>(client, resource, { ...selection, clock, logger });
    this.#informers.set(key, informer as unknown as Informer<Resource, Named>);
    return informer;
  }

  /** Keeps every cache current until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.run(signal)));
  }

  get hasSynced(): boolean {
    return [...this.#informers.values()].every((informer) => informer.hasSynced);
  }
}
