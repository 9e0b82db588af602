import type { Clock } from '@hawser/runtime';

/** A signal for one dial: it aborts when the time is up, and when the signal of whoever asked for it does. */
export class DialDeadline implements Disposable {
  readonly #ending = new AbortController();
  readonly #timer: Disposable;
  readonly #asker: AbortSignal | undefined;

  constructor(clock: Clock, timeoutMs: number, asker: AbortSignal | undefined) {
    this.#asker = asker;
    this.#timer = clock.after(timeoutMs, () => this.#ending.abort(new Error('i/o timeout')));
    // By hand: signals made of signals outlive what they were made for.
    if (asker?.aborted) this.#onAbort();
    else asker?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Its reason is the Error that says why the dial has ended. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /** The dial is over: the signal does not abort any more. */
  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.#asker?.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = () => this.#ending.abort(new Error('canceled', { cause: this.#asker?.reason }));
}
