import type { EndpointSlice } from '@hawser/api';
import type { Clock } from '@hawser/runtime';

/** So long a cache may lag behind before it is believed all the same: what was written may have gone unseen. */
const PATIENCE_MS = 30_000;

interface Expected {
  readonly generation: number;
  readonly sinceMs: number;
}

/**
 * What this loop has written and its cache may not show yet (k8s.io/endpointslice EndpointSliceTracker): deciding
 * from a cache that lags would make slices twice.
 */
export class ExpectedSlices {
  readonly #expected = new Map<string, Map<string, Expected>>();

  constructor(private readonly clock: Clock) {}

  /** Notes a slice as the server has answered. */
  wrote(key: string, { metadata }: EndpointSlice): void {
    const slices = this.#expected.get(key) ?? new Map<string, Expected>();
    slices.set(metadata.name, {
      generation: metadata.generation ?? 0,
      sinceMs: this.clock.now().getTime(),
    });
    this.#expected.set(key, slices);
  }

  /** Notes that a slice has gone, whoever deleted it. */
  gone(key: string, { metadata }: EndpointSlice): void {
    this.#expected.get(key)?.delete(metadata.name);
  }

  /** Whether a cache shows everything that was written. */
  isMetBy(key: string, cached: readonly EndpointSlice[]): boolean {
    const slices = this.#expected.get(key);
    if (slices === undefined) return true;
    const generations = new Map(cached.map(({ metadata }) => [metadata.name, metadata.generation ?? 0]));
    const nowMs = this.clock.now().getTime();
    for (const [name, { generation, sinceMs }] of slices)
      if ((generations.get(name) ?? -1) >= generation || nowMs - sinceMs > PATIENCE_MS) slices.delete(name);
    if (slices.size === 0) this.#expected.delete(key);
    return slices.size === 0;
  }

  forget(key: string): void {
    this.#expected.delete(key);
  }
}
