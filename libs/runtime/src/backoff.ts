export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
  readonly factor?: number;
  /** Share of the delay that is random, 0 to 1; spreads the retries of many clients. */
  readonly jitter?: number;
}

/** Exponential back-off: each `next()` is longer than the last, up to `maxMs`, until `reset()`. */
export class Backoff {
  readonly #options: Required<BackoffOptions>;
  #attempt = 0;

  constructor(options: BackoffOptions) {
    this.#options = { factor: 2, jitter: 0.2, ...options };
  }

  /** The next delay in milliseconds. */
  next(random: () => number = Math.random): number {
    const { initialMs, maxMs, factor, jitter } = this.#options;
    const delay = Math.min(maxMs, initialMs * factor ** this.#attempt);
    this.#attempt += 1;
    return delay * (1 - jitter + jitter * random());
  }

  reset(): void {
    this.#attempt = 0;
  }
}
