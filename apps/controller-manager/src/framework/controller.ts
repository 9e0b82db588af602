import type { EventRecorder, KubeClient } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import type { InformerPool } from './informer-pool.ts';
import type { LoopMetrics } from './loop-metrics.ts';

/** One loop of the controller manager. */
export interface Controller {
  /** Upstream's name, as `--controllers` takes it. */
  readonly name: string;
  /** Works until the signal aborts; resolves then. Faults of single objects are retried, never thrown. */
  run(signal: AbortSignal): Promise<void>;
}

/** What a loop is made from. */
export interface ControllerContext {
  /** Acts as the loop's own service account. */
  readonly client: KubeClient;
  /** Caches shared by all loops, filled with the controller manager's own identity. */
  readonly informers: InformerPool;
  readonly recorder: EventRecorder;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: LoopMetrics;
}
