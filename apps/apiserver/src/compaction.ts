import type { Logger } from '@hawser/observability';
import { type Clock, every } from '@hawser/runtime';
import type { Store } from '@hawser/storage';

/** How long the past can be read, as upstream's etcd compaction leaves it. */
const INTERVAL_MS = 5 * 60_000;

/** Every five minutes forgets what was superseded more than five minutes ago. */
export function compactPeriodically(
  store: Pick<Store, 'currentRevision' | 'compact'>,
  logger: Logger,
  clock: Clock,
): Disposable {
  let previous = 0;
  return every(clock, INTERVAL_MS, async () => {
    try {
      const current = await store.currentRevision();
      if (previous > 0) await store.compact(previous);
      previous = current;
    } catch (error) {
      logger.error({ error }, 'could not compact the store');
    }
  });
}
