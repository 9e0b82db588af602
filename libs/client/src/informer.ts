import { type Logger, silentLogger } from '@hawser/observability';
import { Backoff, type Clock, sleep, systemClock } from '@hawser/runtime';
import type { KubeClient } from './kube-client.ts';
import { type IndexFunction, ObjectCache } from './object-cache.ts';
import { keyOf, type Named, type ObjectFor, type Resource } from './resource.ts';
import { ConnectionError, isExpired, isResourceVersionTooLarge, StatusError } from './status-error.ts';
import { WatchIdleError } from './watch.ts';

/** Told of every change to the cache, after it. Must not throw; an exception ends the process's informer loop. */
export interface InformerHandler<T> {
  added?(object: T): void;
  updated?(before: T, after: T): void;
  deleted?(object: T): void;
}

export interface InformerOptions<T> {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Fetch and keep metadata only. */
  readonly metadataOnly?: boolean;
  readonly indexes?: Readonly<Record<string, IndexFunction<T>>>;
  readonly logger?: Logger;
  readonly clock?: Clock;
}

const PAGE_SIZE = 500;
/** Servers are asked to end a watch after 5 to 10 minutes, as client-go's reflector does, so that load spreads. */
const MIN_WATCH_SECONDS = 300;
/** A watch that ends sooner and empty-handed counts as a failure, so that a broken server is not hammered. */
const SHORT_WATCH_MS = 1_000;
const LONG_WATCH_MS = 10_000;

/**
 * A cache of one collection, kept current by list and watch: it lists, watches on from there, resumes from the last
 * version (bookmarks count) when the connection breaks, and lists again when the history is gone (410) or another.
 */
export class Informer<R extends Resource, T extends Named = ObjectFor<R> & Named> {
  readonly #cache: ObjectCache<T>;
  readonly #handlers = new Set<InformerHandler<T>>();
  readonly #synced = Promise.withResolvers<void>();
  readonly #backoff = new Backoff({ initialMs: 100, maxMs: 10_000 });
  readonly #clock: Clock;
  readonly #logger: Logger;
  #hasSynced = false;
  #isFailing = false;
  #listeningSinceMs: number | undefined;
  #resourceVersion: string | undefined;

  constructor(
    private readonly client: Pick<KubeClient, 'list' | 'watch'>,
    readonly resource: R,
    private readonly options: InformerOptions<T> = {},
  ) {
    this.#cache = new ObjectCache(options.indexes);
    this.#clock = options.clock ?? systemClock;
    this.#logger = (options.logger ?? silentLogger).child({ resource: resource.plural });
  }

  /** Resolves when the first list is in the cache. Never rejects. */
  get synced(): Promise<void> {
    return this.#synced.promise;
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /**
   * Since when, by the clock, changes have been heard of without a break; undefined while the server is away. A cache
   * that stands still in that time stands still because nothing changes.
   */
  get listeningSinceMs(): number | undefined {
    return this.#listeningSinceMs;
  }

  /** The object with this `namespace/name` (or `name`) key. Shared: do not change it. */
  get(key: string): T | undefined {
    return this.#cache.get(key);
  }

  list(namespace?: string): T[] {
    const all = this.#cache.values();
    return namespace === undefined ? all : all.filter((object) => object.metadata.namespace === namespace);
  }

  /** Adds an index; a name that is taken keeps its function. */
  addIndex(name: string, valuesOf: IndexFunction<T>): void {
    this.#cache.addIndex(name, valuesOf);
  }

  /** The objects under a value of an index. */
  index(name: string, value: string): T[] {
    return this.#cache.index(name, value);
  }

  /** Adds a handler; it is told of everything already cached as added. Dispose to remove it. */
  subscribe(handler: InformerHandler<T>): Disposable {
    this.#handlers.add(handler);
    for (const object of this.#cache.values()) handler.added?.(object);
    return { [Symbol.dispose]: () => void this.#handlers.delete(handler) };
  }

  /** Keeps the cache current until the signal aborts; resolves then. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const startedMs = this.#clock.now().getTime();
      try {
        if (this.#resourceVersion === undefined) await this.#relist(signal);
        await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) return;
        // What held for a while was no failure of trying, whatever ended it.
        if (this.#clock.now().getTime() - startedMs > LONG_WATCH_MS) this.#backoff.reset();
        await this.#recover(error, signal);
      }
    }
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    this.#listeningSinceMs = undefined;
    if (error instanceof WatchIdleError) return;
    // Of a server that was set back, too, the past is another: what is cached is found out by a list alone.
    if (isExpired(error) || isResourceVersionTooLarge(error)) this.#resourceVersion = undefined;
    else this.#noteFailure(error);
    await sleep(this.#backoff.next(), signal, this.#clock).catch(() => {});
  }

  /** Once for each time that the server is away, not once for each try. */
  #noteFailure(error: unknown): void {
    if (this.#isFailing) this.#logger.debug({ why: describe(error) }, 'list or watch failed again');
    else this.#logger.warn({ why: describe(error) }, 'list or watch failed, trying until it succeeds');
    this.#isFailing = true;
  }

  #noteSuccess(): void {
    if (this.#isFailing) this.#logger.info({}, 'list and watch succeed again');
    this.#isFailing = false;
    this.#backoff.reset();
  }

  async #relist(signal: AbortSignal): Promise<void> {
    const { namespace, labelSelector, fieldSelector, metadataOnly } = this.options;
    const selection = { namespace, labelSelector, fieldSelector, metadataOnly, limit: PAGE_SIZE, signal };
    const items: T[] = [];
    let page = await this.client.list(this.resource, selection);
    items.push(...(page.items as unknown as T[]));
    while (page.continue) {
      page = await this.client.list(this.resource, { ...selection, continue: page.continue });
      items.push(...(page.items as unknown as T[]));
    }
    this.#replace(items);
    this.#resourceVersion = page.resourceVersion;
    this.#hasSynced = true;
    this.#synced.resolve();
  }

  #replace(items: readonly T[]): void {
    const gone = new Set(this.#cache.keys());
    for (const item of items) {
      gone.delete(keyOf(item));
      this.#put(item);
    }
    for (const key of gone) this.#delete(key);
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { namespace, labelSelector, fieldSelector, metadataOnly } = this.options;
    const startedMs = this.#clock.now().getTime();
    const timeoutSeconds = Math.round(MIN_WATCH_SECONDS * (1 + Math.random()));
    const resourceVersion = this.#resourceVersion;
    const selection = {
      namespace,
      labelSelector,
      fieldSelector,
      metadataOnly,
      resourceVersion,
      timeoutSeconds,
      onOpen: () => {
        this.#listeningSinceMs ??= this.#clock.now().getTime();
      },
    };
    let events = 0;
    for await (const event of this.client.watch(this.resource, selection, signal)) {
      events += 1;
      this.#noteSuccess();
      this.#apply(event.type, event.object as unknown as T);
    }
    signal.throwIfAborted();
    const lastedMs = this.#clock.now().getTime() - startedMs;
    if (events === 0 && lastedMs < SHORT_WATCH_MS) await sleep(this.#backoff.next(), signal, this.#clock);
  }

  #apply(type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK', object: T): void {
    this.#resourceVersion = object.metadata.resourceVersion;
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') this.#delete(keyOf(object), object);
    else this.#put(object);
  }

  #put(incoming: T): void {
    const object = this.options.metadataOnly ? metadataOf(this.resource, incoming) : incoming;
    const before = this.#cache.get(keyOf(object));
    if (before && before.metadata.resourceVersion === object.metadata.resourceVersion) return;
    this.#cache.put(object);
    if (!before) for (const handler of this.#handlers) handler.added?.(object);
    else if (before.metadata.uid === object.metadata.uid)
      for (const handler of this.#handlers) handler.updated?.(before, object);
    else this.#recreated(before, object);
  }

  /** Another object of the same name: the deletion in between was not seen. */
  #recreated(before: T, after: T): void {
    for (const handler of this.#handlers) {
      handler.deleted?.(before);
      handler.added?.(after);
    }
  }

  #delete(key: string, last?: T): void {
    const before = this.#cache.delete(key);
    if (before) for (const handler of this.#handlers) handler.deleted?.(last ?? before);
  }
}

/** A stack says nothing about a server that is away or refuses. */
function describe(error: unknown): unknown {
  return error instanceof ConnectionError || error instanceof StatusError ? error.message : error;
}

/** The kind is the collection's: a server that grants the request answers with PartialObjectMetadata. */
function metadataOf<T extends Named>(resource: Resource, object: T): T {
  const { group, version, kind } = resource;
  const { managedFields: _, ...metadata } = object.metadata;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  return { apiVersion, kind, metadata } as unknown as T;
}
