import { type Clock, systemClock } from './clock.ts';

export interface WorkQueueOptions {
  readonly clock?: Clock;
  /** Delay after a key's first failure; doubled with each further one. Default 5 ms, as client-go's. */
  readonly initialBackoffMs?: number;
  /** Longest delay; default 1000 s, as client-go's. */
  readonly maxBackoffMs?: number;
}

/**
 * Keys waiting to be worked on, with the semantics of client-go's rate limiting queue: a key that waits is not added
 * twice; a key that is added while it is being worked on comes back when that is done, so no key is ever worked on
 * twice at once; failures are retried with a back-off of their own.
 */
export class WorkQueue<K = string> implements Disposable {
  readonly #clock: Clock;
  readonly #initialMs: number;
  readonly #maxMs: number;
  /** In order of arrival. */
  readonly #ready: K[] = [];
  /** Everything that needs work, being worked on or not. */
  readonly #dirty = new Set<K>();
  readonly #processing = new Set<K>();
  readonly #delayed = new Map<K, { atMs: number; timer: Disposable }>();
  readonly #failures = new Map<K, number>();
  readonly #waiting: ((key: K | undefined) => void)[] = [];
  #isShutDown = false;

  constructor(options: WorkQueueOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#initialMs = options.initialBackoffMs ?? 5;
    this.#maxMs = options.maxBackoffMs ?? 1_000_000;
  }

  /** How many keys are ready to be taken. */
  get length(): number {
    return this.#ready.length;
  }

  add(key: K): void {
    if (this.#isShutDown || this.#dirty.has(key)) return;
    this.#dirty.add(key);
    if (!this.#processing.has(key)) this.#offer(key);
  }

  /** Adds the key when `ms` have passed; of several such calls the earliest counts. */
  addAfter(key: K, ms: number): void {
    if (this.#isShutDown) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const atMs = this.#clock.now().getTime() + ms;
    const earlier = this.#delayed.get(key);
    if (earlier && earlier.atMs <= atMs) return;
    earlier?.timer[Symbol.dispose]();
    const timer = this.#clock.after(ms, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { atMs, timer });
  }

  /** Adds the key after its back-off, which doubles with each call until `forget`. */
  addRateLimited(key: K): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, Math.min(this.#maxMs, this.#initialMs * 2 ** failures));
  }

  /** Ends the key's back-off: it was worked on with success, or given up. */
  forget(key: K): void {
    this.#failures.delete(key);
  }

  /** How often the key was added with back-off since it was last forgotten. */
  requeues(key: K): number {
    return this.#failures.get(key) ?? 0;
  }

  /**
   * The next key; waits for one. Call `done` with it after the work, whatever came of it.
   * @returns undefined when the queue is shut down and empty.
   */
  next(): Promise<K | undefined> {
    const key = this.#ready.shift();
    if (key !== undefined) return Promise.resolve(this.#take(key));
    if (this.#isShutDown) return Promise.resolve(undefined);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  done(key: K): void {
    this.#processing.delete(key);
    if (this.#dirty.has(key)) this.#offer(key);
  }

  /** Takes no more keys; those ready are still given out, then every `next` answers undefined. */
  shutDown(): void {
    this.#isShutDown = true;
    for (const { timer } of this.#delayed.values()) timer[Symbol.dispose]();
    this.#delayed.clear();
    for (const resolve of this.#waiting.splice(0)) resolve(undefined);
  }

  [Symbol.dispose](): void {
    this.shutDown();
  }

  /**
   * Works on keys until the signal aborts, `concurrency` at a time: `work` succeeded, the key is forgotten; it threw,
   * the key comes back with back-off, and `onError` hears of it. Resolves when all work under way has ended.
   */
  async run(options: {
    readonly signal: AbortSignal;
    readonly concurrency?: number;
    readonly work: (key: K) => Promise<void>;
    readonly onError?: (error: unknown, key: K) => void;
  }): Promise<void> {
    const { signal, concurrency = 1 } = options;
    const stop = () => {
      this.#ready.length = 0;
      this.shutDown();
    };
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    await Promise.all(Array.from({ length: concurrency }, () => this.#worker(options)));
    signal.removeEventListener('abort', stop);
  }

  async #worker(options: {
    readonly signal: AbortSignal;
    readonly work: (key: K) => Promise<void>;
    readonly onError?: (error: unknown, key: K) => void;
  }): Promise<void> {
    for (let key = await this.next(); key !== undefined; key = await this.next()) {
      try {
        await options.work(key);
        this.forget(key);
      } catch (error) {
        if (!options.signal.aborted) options.onError?.(error, key);
        this.addRateLimited(key);
      } finally {
        this.done(key);
      }
    }
  }

  #offer(key: K): void {
    const resolve = this.#waiting.shift();
    if (resolve) resolve(this.#take(key));
    else this.#ready.push(key);
  }

  #take(key: K): K {
    this.#dirty.delete(key);
    this.#processing.add(key);
    return key;
  }
}
