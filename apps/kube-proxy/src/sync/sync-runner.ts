import type { Logger } from '@hawser/observability';
import { Backoff, type Clock } from '@hawser/runtime';

export interface SyncRunnerOptions {
  /** @param whole look at everything anew. */
  readonly sync: (whole: boolean) => Promise<void>;
  /** Whether what was done last still stands. */
  readonly isIntact: () => Promise<boolean>;
  /** Between two syncs at least; what changes meanwhile is done together. */
  readonly minPeriodMs: number;
  /** How often it is looked whether all still stands. */
  readonly periodMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** As often everything is done anew, whatever is known (upstream's full sync of nftables). */
const WHOLE_PERIOD_MS = 3_600_000;
const MAX_BACKOFF_MS = 10_000;

/**
 * Syncs when it is told that something has changed, not too often, never twice at once, and again after a failure;
 * puts right what others have changed.
 */
export class SyncRunner {
  readonly #backoff = new Backoff({ initialMs: 250, maxMs: MAX_BACKOFF_MS });
  #requested = false;
  #failed = false;
  #notBeforeMs = 0;
  #lastWholeMs: number | undefined;
  #wake: (() => void) | undefined;

  constructor(private readonly options: SyncRunnerOptions) {}

  /** Something has changed. */
  request(): void {
    this.#requested = true;
    this.#wake?.();
  }

  /** Runs until the signal aborts; a sync under way is finished then. */
  async run(signal: AbortSignal): Promise<void> {
    const { periodMs, minPeriodMs } = this.options;
    let lookAtMs = this.#nowMs() + periodMs;
    while (!signal.aborted) {
      // No wait is longer than this: what lies further off does so since the clock was set back.
      const nowMs = this.#nowMs();
      if (this.#notBeforeMs > nowMs + Math.max(minPeriodMs, MAX_BACKOFF_MS)) this.#notBeforeMs = nowMs;
      lookAtMs = Math.min(lookAtMs, nowMs + periodMs);
      if (this.#lastWholeMs !== undefined) this.#lastWholeMs = Math.min(this.#lastWholeMs, nowMs);
      const dueMs = this.#requested || this.#failed ? this.#notBeforeMs : lookAtMs;
      if (dueMs > this.#nowMs()) {
        await this.#wait(dueMs, signal);
        continue;
      }
      if (this.#requested || this.#failed) await this.#sync();
      else if (!(await this.#stands())) this.#failed = true;
      if (!this.#failed) lookAtMs = this.#nowMs() + periodMs;
    }
  }

  async #sync(): Promise<void> {
    const { sync, minPeriodMs, logger } = this.options;
    const nowMs = this.#nowMs();
    const whole =
      this.#failed || this.#lastWholeMs === undefined || nowMs - this.#lastWholeMs >= WHOLE_PERIOD_MS;
    this.#requested = false;
    try {
      await sync(whole);
      this.#failed = false;
      if (whole) this.#lastWholeMs = nowMs;
      this.#backoff.reset();
      this.#notBeforeMs = nowMs + minPeriodMs;
    } catch (error) {
      this.#failed = true;
      this.#notBeforeMs = this.#nowMs() + Math.max(minPeriodMs, this.#backoff.next());
      logger.error({ error }, 'sync failed, trying again');
    }
  }

  /** False, too, when everything is to be done anew by the clock. Before the first sync there is nothing to stand. */
  async #stands(): Promise<boolean> {
    if (this.#lastWholeMs === undefined) return true;
    if (this.#nowMs() - this.#lastWholeMs >= WHOLE_PERIOD_MS) return false;
    try {
      if (await this.options.isIntact()) return true;
      this.options.logger.warn({}, 'somebody has changed what is ours: written anew');
    } catch (error) {
      this.options.logger.warn({ error }, 'cannot see whether all still stands: written anew');
    }
    return false;
  }

  #wait(untilMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.options.clock.after(untilMs - this.#nowMs(), () => wake());
      const wake = () => {
        timer[Symbol.dispose]();
        signal.removeEventListener('abort', wake);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  #nowMs(): number {
    return this.options.clock.now().getTime();
  }
}
