import { Counter, Gauge, Histogram, type Registry } from '@hawser/observability';

const LABELS = ['name'] as const;
const BUCKETS_SECONDS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** What loops tell of themselves, under the names of client-go's work queue metrics. */
export class LoopMetrics {
  readonly #queues = new Map<string, { readonly length: number }>();
  readonly #retries: Counter<'name'>;
  readonly #durations: Histogram<'name'>;

  constructor(registry: Registry) {
    const registers = [registry];
    this.#retries = new Counter({
      name: 'workqueue_retries_total',
      help: 'Syncs that failed and were queued again.',
      labelNames: LABELS,
      registers,
    });
    this.#durations = new Histogram({
      name: 'workqueue_work_duration_seconds',
      help: 'How long a sync took.',
      labelNames: LABELS,
      buckets: BUCKETS_SECONDS,
      registers,
    });
    const queues = this.#queues;
    new Gauge({
      name: 'workqueue_depth',
      help: 'Keys that wait to be worked on.',
      labelNames: LABELS,
      registers,
      collect() {
        for (const [name, queue] of queues) this.set({ name }, queue.length);
      },
    });
  }

  /** Reports the depth of a loop's queue from now on. */
  watch(name: string, queue: { readonly length: number }): void {
    this.#queues.set(name, queue);
  }

  countRetry(name: string): void {
    this.#retries.inc({ name });
  }

  /** Times a sync, whether it succeeds or not. */
  async time(name: string, work: () => Promise<void>): Promise<void> {
    const end = this.#durations.startTimer({ name });
    try {
      await work();
    } finally {
      end();
    }
  }
}
