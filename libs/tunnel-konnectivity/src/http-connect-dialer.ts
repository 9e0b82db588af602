import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { DialDeadline, type Dialer, joinHostPort, peerText, type Target } from '@hawser/dial';
import { type Clock, systemClock } from '@hawser/runtime';
import { type AnswerHead, readAnswerBody, readAnswerHead } from '@hawser/streams';
import type { FrontEnd } from './front-end.ts';
import { KonnectivityDialError } from './konnectivity-dial-error.ts';

/**
 * How long a dial may take, from the front end to the target. A kubectl that is refused a WebSocket asks once more by
 * SPDY: two of these, and what else it does, are to end within five seconds.
 */
const DIAL_TIMEOUT_MS = 2_000;

/** The server went before it said anything that could be understood. */
class NoAnswerError extends Error {
  override name = 'NoAnswerError';
}

export interface HttpConnectDialerOptions {
  readonly frontEnd: FrontEnd;
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

/**
 * Reaches targets by HTTP CONNECT at a Konnectivity server's front end (upstream's egressselector, HTTPConnect): a
 * connection each. No dial depends on an earlier one, so that a server that comes back is used at once.
 */
export class HttpConnectDialer implements Dialer, Disposable {
  /** The front end is verified or on this machine, and the server's links to its agents are TLS. */
  readonly encrypted = true;
  readonly resolvesNames = true;
  readonly #frontEnd: FrontEnd;
  readonly #timeoutMs: number;
  readonly #clock: Clock;

  constructor({ frontEnd, timeoutMs = DIAL_TIMEOUT_MS, clock = systemClock }: HttpConnectDialerOptions) {
    this.#frontEnd = frontEnd;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
  }

  get through(): string {
    return `konnectivity ${this.#frontEnd.name}`;
  }

  /** @throws KonnectivityDialError */
  async dial({ host, port }: Target, signal?: AbortSignal): Promise<Duplex> {
    const address = joinHostPort({ host, port });
    // It becomes part of a line of the request.
    if (!/^[\w.:[\]-]+$/.test(address))
      throw new KonnectivityDialError(
        'connect',
        JSON.stringify(address),
        this.#frontEnd.name,
        'invalid address',
      );
    using deadline = new DialDeadline(this.#clock, this.#timeoutMs, signal);
    const stream = await this.#dial(address, deadline.signal);
    this.#frontEnd.prepareSpare?.();
    return stream;
  }

  /** Connections that were dialled go on. */
  [Symbol.dispose](): void {
    this.#frontEnd[Symbol.dispose]?.();
  }

  async #dial(address: string, signal: AbortSignal): Promise<Duplex> {
    const failed = (stage: 'connect' | 'proxy') => (cause: unknown) => {
      throw new KonnectivityDialError(stage, address, this.#frontEnd.name, cause);
    };
    const spare = this.#frontEnd.takeSpare?.();
    if (spare !== undefined)
      try {
        return await this.#ask(spare, address, signal);
      } catch (error) {
        // Closed while it waited, perhaps: a new one will tell.
        if (!(error instanceof NoAnswerError)) failed('proxy')(error);
      }
    const socket = await this.#frontEnd.connect(signal).catch(failed('connect'));
    return await this.#ask(socket, address, signal).catch(failed('proxy'));
  }

  /** Has the server connect the stream with the target; what came after its answer is still to be read then. */
  async #ask(socket: Socket, address: string, signal: AbortSignal): Promise<Socket> {
    const abort = () => void socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    try {
      signal.throwIfAborted();
      socket.write(`CONNECT ${address} HTTP/1.1\r\nHost: ${address}\r\n\r\n`);
      const answer = await readAnswerHead(socket).catch((cause: Error) => {
        signal.throwIfAborted();
        throw new NoAnswerError(
          `reading HTTP response from CONNECT to ${address} via proxy ${this.#frontEnd.address} failed: ${cause.message}`,
          { cause },
        );
      });
      if (answer.code !== 200) throw await this.#refusal(socket, address, answer);
      if (answer.rest.length > 0) socket.unshift(answer.rest);
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  async #refusal(socket: Socket, address: string, answer: AnswerHead): Promise<Error> {
    const reason = peerText((await readAnswerBody(socket, answer)).toString());
    const what = `proxy error from ${this.#frontEnd.address} while dialing ${address}, code ${answer.code}`;
    return new Error(reason === '' ? what : `${what}: ${reason}`);
  }
}
