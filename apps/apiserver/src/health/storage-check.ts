import { type Clock, sleep, systemClock } from '@hawser/runtime';
import type { Store } from '@hawser/storage';

/** Nothing is stored here, and no kind's objects lie below it; upstream asks etcd for the same. */
const HEALTH_KEY = '/registry/health';

/** As upstream's `DefaultReadinessTimeout` (apiserver/pkg/storage/storagebackend/config.go). */
const TIMEOUT_MS = 2_000;

/**
 * A check that reads from the store itself, past all that is kept in memory.
 * @returns a check that rejects when the read fails or takes longer than two seconds.
 */
export function storageCheck(store: Pick<Store, 'get'>, clock: Clock = systemClock): () => Promise<void> {
  return async () => {
    const answered = new AbortController();
    const late = sleep(TIMEOUT_MS, answered.signal, clock).then(() => {
      throw new Error(`the store has not answered for ${TIMEOUT_MS} ms`);
    });
    try {
      await Promise.race([store.get(HEALTH_KEY), late]);
    } finally {
      late.catch(() => {});
      answered.abort();
    }
  };
}
