import type { Clock } from '@hawser/runtime';

export interface AllowanceOptions {
  /** How many at once. */
  readonly burst: number;
  readonly perSecond: number;
  readonly clock: Clock;
}

/** What may be done so often and no oftener: a bucket of tokens that fills up with time. */
export class Allowance {
  readonly #options: AllowanceOptions;
  #tokens: number;
  #filledAtMs: number;

  constructor(options: AllowanceOptions) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#filledAtMs = options.clock.now().getTime();
  }

  /** @returns whether it may be done now. */
  take(): boolean {
    const { burst, perSecond, clock } = this.#options;
    const nowMs = clock.now().getTime();
    // A clock that was set back takes nothing away.
    const passedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#tokens = Math.min(burst, this.#tokens + (passedMs / 1000) * perSecond);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
