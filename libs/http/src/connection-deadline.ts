import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { Clock } from '@hawser/runtime';
import type { ConnectionLimits } from './connection-limits.ts';
import { hasBody, streamOf } from './has-body.ts';

/**
 * Ends a connection whose client keeps the server waiting. Bun's servers have no timers of their own for sockets
 * that are handed to them. An answer may take as long as it likes: while one is under way nothing runs but the
 * deadline of the request's body.
 */
export class ConnectionDeadline implements Disposable {
  readonly #limits: ConnectionLimits;
  readonly #clock: Clock;
  readonly #close: () => void;
  #farewell: (() => void) | undefined;
  #timer: Disposable | undefined;
  readonly #bodies = new Set<Disposable>();
  #underWay = 0;
  #over = false;

  constructor(limits: ConnectionLimits, clock: Clock, close: () => void) {
    this.#limits = limits;
    this.#clock = clock;
    this.#close = close;
    this.#within(limits.handshakeMs);
  }

  handshakeDone(): void {
    this.#within(this.#limits.requestHeadMs);
  }

  /** Calls this before the connection is closed. */
  farewell(say: () => void): void {
    this.#farewell = say;
  }

  /** A request's head is there. @param bodyAsItComes whether it may take as long as the answer. */
  requestBegins(request: IncomingMessage, response: ServerResponse, bodyAsItComes = false): void {
    this.#underWay += 1;
    this.#stopTimer();
    const stream = streamOf(request);
    // A stream closes when both directions have ended; over HTTP/1.1 what remains of a body has its own deadline.
    (stream ?? response).once('close', () => this.#requestEnds());
    if (!hasBody(request)) return;
    if (!bodyAsItComes) this.#expectBody(request, stream);
    // What nobody will read any more has to end in time like all others.
    else response.once('finish', () => request.complete || this.#expectBody(request, stream));
  }

  /** The connection has another owner, or is closed. */
  [Symbol.dispose](): void {
    this.#over = true;
    this.#stopTimer();
    for (const timer of this.#bodies) timer[Symbol.dispose]();
    this.#bodies.clear();
  }

  #requestEnds(): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#within(this.#limits.idleMs);
  }

  #expectBody(request: IncomingMessage, stream: ServerHttp2Stream | undefined): void {
    const late = () => {
      this.#bodies.delete(timer);
      if (stream !== undefined) stream.destroy(new Error('the request body did not come in time'));
      else if (!request.complete) this.#close();
    };
    const timer = this.#clock.after(this.#limits.requestBodyMs, late);
    this.#bodies.add(timer);
    const stop = () => {
      timer[Symbol.dispose]();
      this.#bodies.delete(timer);
    };
    request.once('end', stop);
    stream?.once('close', stop);
    // Nobody reads the body of a request to read: what comes of it is thrown away, so that its end is seen.
    if (request.method === 'GET' || request.method === 'HEAD') request.resume();
  }

  #within(ms: number): void {
    this.#stopTimer();
    if (!this.#over) this.#timer = this.#clock.after(ms, () => this.#end());
  }

  #end(): void {
    this.#farewell?.();
    this.#close();
  }

  #stopTimer(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}
