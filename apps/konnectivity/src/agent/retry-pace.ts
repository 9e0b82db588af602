import type { Clock } from '@hawser/runtime';

export interface RetryPaceOptions {
  /** Longest wait while trouble is fresh. */
  readonly intervalMs: number;
  /** Longest wait ever. */
  readonly capMs: number;
  readonly clock: Clock;
  readonly random?: () => number;
}

/** For so long after a server was lost it is expected back any moment. */
const HOT_MS = 60_000;
const FIRST_WAIT_MS = 100;
/** Upstream's, for what comes after. */
const FACTOR = 1.5;
/** Share of each wait that is random: agents that lost a server together do not come back together. */
const JITTER = 0.3;

/**
 * When one address is to be tried next. In the first minute of trouble waits double from 100 ms and stay within
 * `intervalMs`, so that agents are back with a server soon after it is; afterwards they grow up to `capMs`.
 */
export class RetryPace {
  readonly #options: RetryPaceOptions;
  #failures = 0;
  #coldFailures = 0;
  #troubleSinceMs: number | undefined;
  #dueAtMs = 0;

  constructor(options: RetryPaceOptions) {
    this.#options = options;
  }

  /** How often it has failed since it last succeeded. */
  get failures(): number {
    return this.#failures;
  }

  /** How long until the next try; 0 when it is due. */
  get waitMs(): number {
    return Math.max(0, this.#dueAtMs - this.#nowMs);
  }

  failed(): void {
    const { intervalMs, capMs, random = Math.random } = this.#options;
    this.#troubleSinceMs ??= this.#nowMs;
    const isHot = this.#nowMs - this.#troubleSinceMs < HOT_MS;
    const longest = isHot
      ? Math.min(intervalMs, FIRST_WAIT_MS * 2 ** this.#failures)
      : Math.min(capMs, intervalMs * FACTOR ** this.#coldFailures);
    this.#failures += 1;
    if (!isHot) this.#coldFailures += 1;
    this.#dueAtMs = this.#nowMs + longest * (1 - JITTER * random());
  }

  /** The next try is due. What went wrong before counts on: it is not known yet whether this lasts. */
  succeeded(): void {
    this.#dueAtMs = 0;
  }

  /** Forgets all trouble: the next try is due. */
  reset(): void {
    this.#failures = 0;
    this.#coldFailures = 0;
    this.#troubleSinceMs = undefined;
    this.#dueAtMs = 0;
  }

  get #nowMs(): number {
    return this.#options.clock.now().getTime();
  }
}
