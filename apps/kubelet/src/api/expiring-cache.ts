import type { Clock } from '@hawser/runtime';

const MAX_ENTRIES = 4096;

/** Remembers values for a while, and no more of them than a bound: the oldest go first. */
export class ExpiringCache<V> {
  readonly #entries = new Map<string, { value: V; untilMs: number }>();

  constructor(private readonly clock: Clock) {}

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.untilMs > this.clock.now().getTime()) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: string, value: V, ttlMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { value, untilMs: this.clock.now().getTime() + ttlMs });
    if (this.#entries.size <= MAX_ENTRIES) return;
    const [oldest] = this.#entries.keys();
    this.#entries.delete(oldest!);
  }
}
