import type { Clock } from '@hawser/runtime';

/** A peer that was told good-bye and says nothing for so long gets no more time. */
const QUIET_MS = 10_000;
/** No peer gets more than this. */
const TOTAL_MS = 300_000;

/**
 * How long a peer may take to close its side. One that is still reading what was sent goes on saying that it is
 * there (kubectl pings every 5 s); to end its connection then would take from it what lies in the kernel's buffers.
 */
export class CloseDeadline implements Disposable {
  readonly #clock: Clock;
  readonly #expire: () => void;
  #total: Disposable | undefined;
  #quiet: Disposable | undefined;
  #over = false;

  constructor(clock: Clock, expire: () => void) {
    this.#clock = clock;
    this.#expire = expire;
  }

  /** Begins to count, unless it has begun, or the connection has ended before. */
  start(): void {
    if (this.#total !== undefined || this.#over) return;
    this.#total = this.#clock.after(TOTAL_MS, this.#expire);
    this.heard();
  }

  /** The peer has said something. */
  heard(): void {
    if (this.#total === undefined || this.#over) return;
    this.#quiet?.[Symbol.dispose]();
    this.#quiet = this.#clock.after(QUIET_MS, this.#expire);
  }

  [Symbol.dispose](): void {
    this.#over = true;
    this.#quiet?.[Symbol.dispose]();
    this.#total?.[Symbol.dispose]();
  }
}
