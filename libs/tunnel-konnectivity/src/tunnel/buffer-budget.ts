import { type Clock, every } from '@hawser/runtime';

/** Something that keeps bytes for a reader that is behind. */
export interface Hoard {
  readonly bufferedBytes: number;
}

export interface BufferLimits {
  /** What one connection may keep for a reader that is behind, before the link waits for it. */
  readonly connectionBytes: number;
  /** What all connections of a link may keep together, before it waits for the one that keeps most. */
  readonly linkBytes: number;
  /** A reader that takes nothing for so long, while others wait with the link, is given up. */
  readonly stallMs: number;
}

/**
 * The protocol has no way to hold one connection back. Without end to what is kept a fast target fills the memory; a
 * link that waits for a stalled reader, as upstream's do, stalls all others. So much is kept as a burst comes to, then
 * the link goes at the pace of a reader that is slow, and a reader that has stopped is cut off.
 */
export const DEFAULT_BUFFER_LIMITS: BufferLimits = {
  connectionBytes: 16 * 1024 * 1024,
  linkBytes: 256 * 1024 * 1024,
  stallMs: 1_000,
};

/** The link that connections share, as the budget acts on it. */
export interface SharedLink<T extends Hoard> {
  /** Lets the peer send no more than is under way. */
  hold(): void;
  release(): void;
  /** Whether nobody waits with the link but this connection's reader. */
  isAlone(hoard: T): boolean;
  /** Ends a connection whose reader has stopped. */
  giveUp(hoard: T): void;
}

/** Somebody that the link waits for. */
interface Late {
  /** It goes on when no more than this is kept. */
  readonly untilBytes: number;
  took: boolean;
  readonly timer: Disposable;
}

/** Less than this is not counted for the link: it is what any reader is behind by. */
const NOTICED_BYTES = 256 * 1024;

/** Watches what the connections of a link keep, and has the link wait for those that keep too much. */
export class BufferBudget<T extends Hoard> {
  readonly #limits: BufferLimits;
  readonly #link: SharedLink<T>;
  readonly #clock: Clock;
  readonly #behind = new Map<T, number>();
  readonly #late = new Map<T, Late>();
  #total = 0;

  constructor(limits: BufferLimits, link: SharedLink<T>, clock: Clock) {
    this.#limits = limits;
    this.#link = link;
    this.#clock = clock;
  }

  /** Something was added to what a connection keeps. */
  added(hoard: T): void {
    const bytes = hoard.bufferedBytes;
    if (bytes < NOTICED_BYTES && !this.#behind.has(hoard)) return;
    this.#note(hoard);
    if (bytes > this.#limits.connectionBytes) this.#waitFor(hoard);
    else if (this.#total > this.#limits.linkBytes) this.#waitForLargest();
  }

  /** A reader took something of what is kept for it. */
  taken(hoard: T): void {
    const late = this.#late.get(hoard);
    if (late === undefined) return;
    late.took = true;
    if (hoard.bufferedBytes <= late.untilBytes) this.#waitNoMore(hoard);
  }

  /** Nothing more will come for a connection: its reader has all the time that it wants. */
  complete(hoard: T): void {
    this.#waitNoMore(hoard);
  }

  /** A connection is over. */
  forget(hoard: T): void {
    this.#waitNoMore(hoard);
    this.#total -= this.#behind.get(hoard) ?? 0;
    this.#behind.delete(hoard);
  }

  #note(hoard: T): void {
    this.#total -= this.#behind.get(hoard) ?? 0;
    this.#behind.delete(hoard);
    const bytes = hoard.bufferedBytes;
    if (bytes < NOTICED_BYTES) return;
    this.#behind.set(hoard, bytes);
    this.#total += bytes;
  }

  #waitForLargest(): void {
    // Some may have caught up without anyone noticing.
    for (const each of [...this.#behind.keys()]) this.#note(each);
    if (this.#total <= this.#limits.linkBytes) return;
    const [largest] = [...this.#behind].sort(([, a], [, b]) => b - a);
    this.#waitFor(largest![0]);
  }

  #waitFor(hoard: T): void {
    if (this.#late.has(hoard)) return;
    const { connectionBytes, stallMs } = this.#limits;
    // Less than there was by enough that the link does not stop and go for every packet.
    const untilBytes = (Math.min(hoard.bufferedBytes, connectionBytes) * 15) / 16;
    const timer = every(this.#clock, stallMs, () => this.#check(hoard));
    if (this.#late.size === 0) this.#link.hold();
    this.#late.set(hoard, { untilBytes, took: false, timer });
  }

  #check(hoard: T): void {
    const late = this.#late.get(hoard)!;
    if (!late.took && !this.#link.isAlone(hoard)) this.#link.giveUp(hoard);
    late.took = false;
  }

  #waitNoMore(hoard: T): void {
    const late = this.#late.get(hoard);
    if (late === undefined) return;
    late.timer[Symbol.dispose]();
    this.#late.delete(hoard);
    if (this.#late.size === 0) this.#link.release();
  }
}
