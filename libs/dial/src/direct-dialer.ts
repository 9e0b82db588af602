import type { Duplex } from 'node:stream';
import { systemClock } from '@hawser/runtime';
import { connectSocket } from './connect-socket.ts';
import { DialDeadline } from './dial-deadline.ts';
import { DialError, type Dialer, type Target } from './dialer.ts';

/** Connects straight over TCP. */
export class DirectDialer implements Dialer {
  readonly #timeoutMs: number;
  readonly #allowHalfOpen: boolean;

  /**
   * @param timeoutMs how long a connection may take to be made.
   * @param allowHalfOpen whether one may go on speaking after the target has said its last: for those who carry
   *   bytes for others, and end each half themselves.
   */
  constructor({ timeoutMs = 10_000, allowHalfOpen = false } = {}) {
    this.#timeoutMs = timeoutMs;
    this.#allowHalfOpen = allowHalfOpen;
  }

  async dial({ host, port }: Target, signal?: AbortSignal): Promise<Duplex> {
    using deadline = new DialDeadline(systemClock, this.#timeoutMs, signal);
    const halves = { allowHalfOpen: this.#allowHalfOpen };
    return await connectSocket({ host, port }, { ...halves, signal: deadline.signal }).catch(
      (cause: Error) => {
        throw new DialError(`dial tcp ${host}:${port}: ${cause.message}`, { cause });
      },
    );
  }
}
