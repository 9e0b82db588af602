import { type Clock, every } from '@hawser/runtime';

/** How a session shows that it is there, and finds out that its peer is not. */
export interface KeepAliveOptions {
  /** Between one ping and the next. */
  readonly pingMs: number;
  /** A peer that leaves a ping unanswered for so long, and says nothing else, is taken for gone. */
  readonly deadlineMs: number;
}

export const DEFAULT_KEEP_ALIVE: KeepAliveOptions = { pingMs: 5_000, deadlineMs: 10_000 };

/**
 * Pings a peer and watches whether anything comes from it. The wait is counted in pings, not by the clock: a process
 * that was held up itself has not listened meanwhile.
 */
export class KeepAlive implements Disposable {
  readonly #timer: Disposable;
  #silentPings = 0;

  /** @param gone called once, when the peer is taken for gone. */
  constructor(clock: Clock, { pingMs, deadlineMs }: KeepAliveOptions, ping: () => void, gone: () => void) {
    const most = 1 + Math.ceil(deadlineMs / pingMs);
    this.#timer = every(clock, pingMs, () => {
      this.#silentPings += 1;
      if (this.#silentPings < most) return void ping();
      this[Symbol.dispose]();
      gone();
    });
  }

  /** Something has come from the peer. */
  heard(): void {
    this.#silentPings = 0;
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }
}
