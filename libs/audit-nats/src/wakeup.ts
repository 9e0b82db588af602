/** One waiter and many callers: a call wakes the waiter, or is remembered until it next waits. */
export class Wakeup {
  #isCalled = false;
  #wake: (() => void) | undefined;

  /** Bound, so that it can be handed out as a callback. */
  readonly call = (): void => {
    this.#isCalled = true;
    this.#wake?.();
  };

  /** Resolves at the next call, or at once after one since the last wait. */
  async wait(): Promise<void> {
    if (!this.#isCalled) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#isCalled = false;
    this.#wake = undefined;
  }
}
