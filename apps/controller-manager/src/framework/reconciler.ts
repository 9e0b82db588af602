import { keyOf, type Named } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { aborted, type Clock, WorkQueue } from '@hawser/runtime';
import type { Controller } from './controller.ts';
import { logRetry } from './expected-errors.ts';
import type { LoopMetrics } from './loop-metrics.ts';

/** Told of what happens in a cache. */
export interface SourceHandler<T> {
  added(object: T): void;
  updated(before: T, after: T): void;
  deleted(object: T): void;
}

/** The part of an informer that a reconciler needs, whatever its kind. */
export interface Source<T> {
  readonly synced: Promise<void>;
  subscribe(handler: SourceHandler<T>): Disposable;
}

/** What a reconciler needs of its surroundings; a ControllerContext has it. */
export interface ReconcilerContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: LoopMetrics;
}

export interface ReconcilerOptions {
  readonly name: string;
  /** Brings the world nearer to what the object under the key asks for. Throwing retries with back-off. */
  readonly sync: (key: string, signal: AbortSignal) => Promise<void>;
  /** Keys worked on at once; default 5. */
  readonly concurrency?: number;
}

/** Retries start quickly: most failures are conflicts with another loop's write. */
const INITIAL_BACKOFF_MS = 20;
const MAX_BACKOFF_MS = 60_000;

/** The shape shared by most loops: informers → queue of keys → `sync(key)`. */
export class Reconciler implements Controller {
  readonly queue: WorkQueue;
  readonly #subscriptions: (() => Disposable)[] = [];
  readonly #synced: Promise<void>[] = [];

  constructor(
    private readonly context: ReconcilerContext,
    private readonly options: ReconcilerOptions,
  ) {
    const { clock, metrics } = context;
    this.queue = new WorkQueue({ clock, initialBackoffMs: INITIAL_BACKOFF_MS, maxBackoffMs: MAX_BACKOFF_MS });
    metrics.watch(options.name, this.queue);
  }

  get name(): string {
    return this.options.name;
  }

  /**
   * Queues, for each change in a cache, the keys that it concerns, of the old state and the new: by default that of
   * the object itself.
   */
  follow<T extends Named>(source: Source<T>, keysOf: (object: T) => Iterable<string> = ownKey): this {
    const add = (object: T) => {
      for (const key of keysOf(object)) this.queue.add(key);
    };
    const updated = (before: T, after: T) => {
      for (const key of new Set([...keysOf(before), ...keysOf(after)])) this.queue.add(key);
    };
    const handler = { added: add, updated, deleted: add };
    this.#subscriptions.push(() => source.subscribe(handler));
    return this.need(source);
  }

  /** Tells of what goes from a cache, and queues the keys that this returns. */
  onDelete<T extends Named>(source: Source<T>, gone: (object: T) => Iterable<string>): this {
    const deleted = (object: T) => {
      for (const key of gone(object)) this.queue.add(key);
    };
    this.#subscriptions.push(() => source.subscribe({ added: () => {}, updated: () => {}, deleted }));
    return this.need(source);
  }

  /** Queues keys for what is cached when the loop starts; what comes later does not count. */
  atStart<T extends Named>(source: Source<T>, keysOf: (object: T) => Iterable<string> = ownKey): this {
    const added = (object: T) => {
      for (const key of keysOf(object)) this.queue.add(key);
    };
    const nothing = () => {};
    this.#subscriptions.push(() => {
      using _subscription = source.subscribe({ added, updated: nothing, deleted: nothing });
      return { [Symbol.dispose]: nothing };
    });
    return this.need(source);
  }

  /** As `follow`, where what changed matters, too. */
  watch<T>(source: Source<T>, handler: Partial<SourceHandler<T>>): this {
    const whole = { added: () => {}, updated: () => {}, deleted: () => {}, ...handler };
    this.#subscriptions.push(() => source.subscribe(whole));
    return this.need(source);
  }

  /** Waits, before the first sync, for a cache that syncs only read. */
  need(source: { readonly synced: Promise<void> }): this {
    this.#synced.push(source.synced);
    return this;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { name, sync, concurrency = 5 } = this.options;
    const { metrics } = this.context;
    const logger = this.context.logger.child({ controller: name });
    await Promise.race([Promise.all(this.#synced), aborted(signal)]);
    const subscriptions = this.#subscriptions.map((subscribe) => subscribe());
    logger.info({}, 'controller started');
    await this.queue.run({
      signal,
      concurrency,
      work: (key) => metrics.time(name, () => sync(key, signal)),
      onError: (error, key) => {
        metrics.countRetry(name);
        logRetry(logger, error, { key }, 'sync failed, will be retried');
      },
    });
    for (const subscription of subscriptions) subscription[Symbol.dispose]();
  }
}

function* ownKey(object: Named): Generator<string> {
  yield keyOf(object);
}
