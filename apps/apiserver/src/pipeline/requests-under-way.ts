import type { Logger } from '@hawser/observability';

/** How long the end of the service waits for requests whose connections are closed. */
const END_TIMEOUT_MS = 5_000;

/** The requests that are being handled: what they end by writing, such as audit events, needs the store still. */
export class RequestsUnderWay implements AsyncDisposable {
  readonly #logger: Logger;
  readonly #requests = new Set<Promise<void>>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @param cutOff ends the connection: nothing of a request may end the service, not even a fault in how it ends. */
  add(request: Promise<void>, cutOff: () => void): void {
    const ended = request
      .catch((error: unknown) => {
        this.#logger.error({ error }, 'could not end a request');
        cutOff();
      })
      .finally(() => this.#requests.delete(ended));
    this.#requests.add(ended);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, END_TIMEOUT_MS);
    await Promise.race([Promise.all(this.#requests), late]);
    clearTimeout(timer);
  }
}
