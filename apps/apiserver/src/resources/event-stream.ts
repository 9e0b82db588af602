import type { ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import { type Clock, systemClock } from '@hawser/runtime';
import type { WatchFrame } from './watch-frame.ts';

/** A watcher that lets so many bytes of changes pile up is cut off; it will come back and list anew. */
const MAX_BUFFERED_BYTES = 8 * 1024 * 1024;

/** So many bytes of what stood at the start are handed to the connection at once; the rest waits for it to drain. */
const INITIAL_BUFFERED_BYTES = 1024 * 1024;

/** An event whose turn has not come. */
interface Waiting {
  readonly make: () => WatchFrame;
  /** What it counts against the limit. */
  readonly sizeBytes: number;
}

/**
 * The answer to a watch. What stands at its start is sent as fast as the client takes it, however much that is;
 * changes queue behind it in their order, and only they count against the limit. Over HTTP/1.1 ready-made chunks
 * go straight to the socket, past the response's own framing: measured, that carries four times as many events.
 */
export class EventStream {
  readonly #response: ServerResponse;
  /** The socket under an HTTP/1.1 response. */
  readonly #socket: Socket | undefined;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #initial = true;
  /** The client has gone, or the stream was ended or cut off. */
  #over = false;

  /** @param mediaType of the events that will be sent. */
  constructor(response: ServerResponse, mediaType: string) {
    this.#response = response;
    response.writeHead(200, { 'Content-Type': mediaType });
    response.flushHeaders();
    response.once('close', () => {
      this.#over = true;
      this.#forget();
    });
    // HTTP/1.0, which old proxies speak, knows no chunks.
    this.#socket = response.req.httpVersion === '1.1' ? (response.socket ?? undefined) : undefined;
  }

  /** From here on what is sent is news. */
  initialEventsEnd(): void {
    this.#initial = false;
  }

  /**
   * @param make called when it is the event's turn, which may be later.
   * @param sizeBytes about how large the event is.
   */
  send(make: () => WatchFrame, sizeBytes: number): void {
    if (this.#over) return;
    const full = this.#initial && this.#buffered > INITIAL_BUFFERED_BYTES;
    if (this.#waiting.length > 0 || full) this.#wait({ make, sizeBytes: this.#initial ? 0 : sizeBytes });
    else this.#write(make());
    if (!this.#initial && this.#buffered + this.#waitingBytes > MAX_BUFFERED_BYTES) this.cutOff();
  }

  /** Resolves when the client has gone, the signal aborts or the time is up. */
  ended(signal: AbortSignal, durationMs: number, clock: Clock = systemClock): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const timer = clock.after(durationMs, resolve);
      const gone = () => {
        timer[Symbol.dispose]();
        resolve();
      };
      signal.addEventListener('abort', gone, { once: true });
    });
  }

  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#forget();
    this.#response.end();
  }

  /** Breaks the answer off, so that the client does not take it for the whole. */
  cutOff(): void {
    if (this.#over) return;
    this.#over = true;
    this.#forget();
    const { stream } = this.#response as unknown as Partial<Http2ServerResponse>;
    // Over HTTP/2 to destroy the response, or to close its stream, is to end it in order.
    if (stream === undefined) this.#response.destroy();
    else stream.destroy(new Error('the watch was cut off'));
  }

  /** What the connection has not taken yet. */
  get #buffered(): number {
    return (this.#socket ?? this.#response).writableLength;
  }

  #write({ chunk, payload }: WatchFrame): void {
    if (this.#socket === undefined) this.#response.write(payload);
    else this.#socket.write(chunk);
  }

  #wait(event: Waiting): void {
    this.#waiting.push(event);
    this.#waitingBytes += event.sizeBytes;
    if (this.#waiting.length === 1) this.#afterDrain();
  }

  #afterDrain(): void {
    (this.#socket ?? this.#response).once('drain', () => this.#resume());
  }

  #resume(): void {
    try {
      this.#sendWaiting();
    } catch {
      // Nobody above a socket's event would catch it; the client comes back and is told in an answer.
      this.cutOff();
    }
  }

  #sendWaiting(): void {
    let sent = 0;
    while (sent < this.#waiting.length && this.#buffered <= INITIAL_BUFFERED_BYTES) {
      const { make, sizeBytes } = this.#waiting[sent]!;
      this.#write(make());
      this.#waitingBytes -= sizeBytes;
      sent += 1;
    }
    this.#waiting.splice(0, sent);
    if (this.#waiting.length > 0) this.#afterDrain();
  }

  #forget(): void {
    this.#waiting = [];
    this.#waitingBytes = 0;
  }
}
