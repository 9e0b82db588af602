import { type Clock, every } from '@hawser/runtime';

/** How a connection shows that it is there, and finds out that its peer is not. */
export interface KeepAliveOptions {
  /** Between one sign of life and the next. */
  readonly pingMs: number;
  /** A peer that says nothing for so long, while it could, is taken for dead. */
  readonly deadlineMs: number;
}

/**
 * Pings keep middleboxes from forgetting a connection. The deadline is generous, since clients that do not read, such
 * as kubectl before a pager, do not answer either: it is as long as a kernel takes to find a machine gone that does
 * not acknowledge what is sent to it (Linux's `tcp_retries2`).
 */
export const DEFAULT_KEEP_ALIVE: KeepAliveOptions = { pingMs: 30_000, deadlineMs: 900_000 };

/** What a connection lets its keep-alive do. */
export interface KeepAliveTarget {
  /** Sends a sign of life. */
  ping(): void;
  /** Whether we do not listen, or the peer does not, so that its silence says nothing. */
  heldBack(): boolean;
  /** The peer is taken for dead. */
  dead(): void;
}

/** Pings a peer and watches whether it says anything. */
export class KeepAlive implements Disposable {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #target: KeepAliveTarget;
  readonly #timer: Disposable;
  #heardMs: number;

  constructor(clock: Clock, { pingMs, deadlineMs }: KeepAliveOptions, target: KeepAliveTarget) {
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#target = target;
    this.#heardMs = clock.now().getTime();
    this.#timer = every(clock, pingMs, () => this.#tick());
  }

  /** Something has come from the peer. */
  heard(): void {
    this.#heardMs = this.#clock.now().getTime();
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }

  #tick(): void {
    if (this.#target.heldBack()) this.heard();
    if (this.#clock.now().getTime() - this.#heardMs < this.#deadlineMs) return void this.#target.ping();
    this[Symbol.dispose]();
    this.#target.dead();
  }
}
