import type { Clock } from '@hawser/runtime';

/** Wakes one who waits; rung while nobody waits, it wakes the next one at once. */
export class Alarm {
  #isRung = false;
  #wake: () => void = () => {};

  constructor(private readonly clock: Clock) {}

  ring(): void {
    this.#isRung = true;
    this.#wake();
  }

  /** Resolves when it has been rung since the last wait, when the time is over, or when the signal aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (!this.#isRung && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      using _timer = this.clock.after(ms, resolve);
      this.#wake = resolve;
      const onAbort = () => resolve();
      signal.addEventListener('abort', onAbort);
      await promise;
      signal.removeEventListener('abort', onAbort);
    }
    this.#isRung = false;
  }
}
