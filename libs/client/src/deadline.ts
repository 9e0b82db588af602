import type { Clock } from '@hawser/runtime';

/** The server did not answer in time. */
export class RequestTimeoutError extends Error {
  override readonly name = 'RequestTimeoutError';

  constructor(method: string, path: string, timeoutMs: number) {
    super(`${method} ${path}: no answer within ${timeoutMs} ms`);
  }
}

/** A signal of its own for one request: aborts with its parent, or by `fail`. Dispose it when the request is done. */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #parent: AbortSignal | undefined;
  #timer: Disposable | undefined;

  constructor(
    parent: AbortSignal | undefined,
    private readonly clock: Clock,
  ) {
    this.#parent = parent;
    if (parent?.aborted) this.#controller.abort(parent.reason);
    else parent?.addEventListener('abort', this.#onAbort);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** (Re)starts the timer: aborts with `reason()` unless disposed or restarted within `ms`. */
  restart(ms: number, reason: () => unknown): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = this.clock.after(ms, () => this.#controller.abort(reason()));
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#parent?.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => this.#controller.abort(this.#parent?.reason);
}
