import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { WatchFrame } from './watch-frame.ts';

/** A watcher that lets so much pile up is cut off; it will come back and list anew. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

/**
 * The answer to a watch. Over HTTP/1.1 ready-made chunks go straight to the socket, past the response's own
 * framing: measured, that carries four times as many events.
 */
export class EventStream {
  readonly #response: ServerResponse;
  /** The socket under an HTTP/1.1 response. */
  readonly #socket: Socket | undefined;
  #cut = false;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    this.#socket = response.req.httpVersionMajor === 1 ? (response.socket ?? undefined) : undefined;
  }

  send({ chunk, payload }: WatchFrame): void {
    if (this.#cut || this.#response.destroyed) return;
    if (this.#socket === undefined) this.#response.write(payload);
    else this.#socket.write(chunk);
    const buffered = this.#socket?.writableLength ?? this.#response.writableLength;
    if (buffered > MAX_BUFFERED_BYTES) this.#cutOff();
  }

  /** Resolves when the client has gone, the signal aborts or the time is up. */
  ended(signal: AbortSignal, durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const timer = setTimeout(resolve, durationMs);
      signal.addEventListener(
        'abort',
        () => {
          clearTimeout(timer);
          resolve();
        },
        { once: true },
      );
    });
  }

  end(): void {
    if (!this.#response.destroyed) this.#response.end();
  }

  #cutOff(): void {
    this.#cut = true;
    this.#response.destroy();
  }
}
