import { type Clock, every } from '@hawser/runtime';

export interface KeepAliveOptions {
  /** Between one ping and the next. */
  readonly pingMs: number;
  /** A peer of which nothing comes for so long after a ping is taken for dead. */
  readonly timeoutMs: number;
}

/** Pings a peer and watches whether anything comes back. */
export class KeepAlive implements Disposable {
  readonly #timer: Disposable;
  #deadline: Disposable | undefined;
  #heard = false;

  constructor(clock: Clock, { pingMs, timeoutMs }: KeepAliveOptions, ping: () => void, dead: () => void) {
    this.#timer = every(clock, pingMs, () => {
      if (this.#deadline !== undefined) return;
      this.#heard = false;
      ping();
      this.#deadline = clock.after(timeoutMs, () => {
        // What has come meanwhile to a process that was held up is read first.
        setImmediate(() => {
          if (this.#deadline === undefined) return;
          this.#deadline = undefined;
          if (!this.#heard) dead();
        });
      });
    });
  }

  /** Something has come: whatever it is, the peer is there. */
  heard(): void {
    this.#heard = true;
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.#deadline?.[Symbol.dispose]();
    this.#deadline = undefined;
  }
}
