import type { Counter, Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';

export interface LossReportOptions {
  readonly counter: Counter;
  /** What is said of losses in the log. */
  readonly message: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often losses are said in the log. */
const REPORT_MS = 60_000;

/** Counts events that were lost, and says so now and then, not for each of a flood. */
export class LossReport {
  readonly #options: LossReportOptions;
  #unreported = 0;
  #reportedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: LossReportOptions) {
    this.#options = options;
  }

  /** Bound, so that it can be handed out as a callback. */
  readonly lost = (count: number): void => {
    const { counter, message, clock, logger } = this.#options;
    counter.inc(count);
    this.#unreported += count;
    const nowMs = clock.now().getTime();
    if (nowMs - this.#reportedAtMs < REPORT_MS) return;
    logger.error({ lost: this.#unreported }, message);
    this.#unreported = 0;
    this.#reportedAtMs = nowMs;
  };
}
