import net from 'node:net';
import type { Duplex } from 'node:stream';
import { DialError, type Dialer, type Target } from './dialer.ts';

/** Streams may be silent for hours: after so long the kernel asks whether the peer is still there. */
const KEEP_ALIVE_MS = 30_000;

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

  dial({ host, port }: Target, signal?: AbortSignal): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({
        host,
        port,
        allowHalfOpen: this.#allowHalfOpen,
        noDelay: true,
        keepAlive: true,
        keepAliveInitialDelay: KEEP_ALIVE_MS,
      });
      const fail = (why: string, cause?: unknown) => {
        stop();
        socket.destroy();
        reject(new DialError(`dial tcp ${host}:${port}: ${why}`, { cause }));
      };
      const onAbort = () => fail('canceled', signal?.reason);
      const onError = (error: Error) => fail(error.message, error);
      const onTimeout = () => fail('i/o timeout');
      const stop = () => {
        signal?.removeEventListener('abort', onAbort);
        socket.off('error', onError).off('timeout', onTimeout).setTimeout(0);
      };
      if (signal?.aborted) return onAbort();
      signal?.addEventListener('abort', onAbort, { once: true });
      socket.setTimeout(this.#timeoutMs).once('timeout', onTimeout).once('error', onError);
      socket.once('connect', () => {
        stop();
        resolve(socket);
      });
    });
  }
}
