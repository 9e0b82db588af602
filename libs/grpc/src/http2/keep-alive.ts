import { type Clock, every } from '@hawser/runtime';

export interface KeepAliveOptions {
  /** Between one ping and the next. */
  readonly pingMs: number;
  /** A peer of which nothing comes for so long after a ping is taken for dead. */
  readonly timeoutMs: number;
}

/** Asks whether a peer is there: now and then, or when somebody has cause to doubt it. */
export class KeepAlive implements Disposable {
  readonly #clock: Clock;
  readonly #ping: () => void;
  readonly #dead: () => void;
  #timer: Disposable | undefined;
  #deadline: Disposable | undefined;
  #heard = false;

  constructor(clock: Clock, ping: () => void, dead: () => void) {
    this.#clock = clock;
    this.#ping = ping;
    this.#dead = dead;
  }

  /** Asks now and then, from now on. */
  start({ pingMs, timeoutMs }: KeepAliveOptions): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = every(this.#clock, pingMs, () => this.probe(timeoutMs));
  }

  /** Something has come: whatever it is, the peer is there. */
  heard(): void {
    this.#heard = true;
  }

  /** Pings the peer, which is taken for dead if nothing comes of it for so long. */
  probe(timeoutMs: number): void {
    if (this.#deadline !== undefined) return;
    this.#heard = false;
    this.#ping();
    this.#deadline = this.#clock.after(timeoutMs, () => {
      // What has come meanwhile to a process that was held up is read first.
      setImmediate(() => {
        if (this.#deadline === undefined) return;
        this.#deadline = undefined;
        if (!this.#heard) this.#dead();
      });
    });
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#deadline?.[Symbol.dispose]();
    this.#deadline = undefined;
  }
}
