/** Something that keeps bytes for a reader that is behind. */
export interface Hoard {
  readonly bufferedBytes: number;
}

export interface BufferLimits {
  /** What one connection may keep for a reader that is behind. */
  readonly connectionBytes: number;
  /** What all connections of a link may keep together. */
  readonly linkBytes: number;
}

/**
 * A link has no way to hold one connection back, so that what a stalled reader does not take must be kept, or its
 * connection ended; holding back the link would stall all others.
 */
export const DEFAULT_BUFFER_LIMITS: BufferLimits = {
  connectionBytes: 16 * 1024 * 1024,
  linkBytes: 256 * 1024 * 1024,
};

/** Less than this is not counted for the link: it is what any reader is behind by. */
const NOTICED_BYTES = 256 * 1024;

/** Says which connection of a link has kept too much. */
export class BufferBudget<T extends Hoard> {
  readonly #limits: BufferLimits;
  readonly #behind = new Map<T, number>();
  #total = 0;

  constructor(limits: BufferLimits = DEFAULT_BUFFER_LIMITS) {
    this.#limits = limits;
  }

  /** Something was added to what a connection keeps. @returns the connection that must go. */
  added(hoard: T): T | undefined {
    const bytes = hoard.bufferedBytes;
    if (bytes > this.#limits.connectionBytes) return hoard;
    if (bytes < NOTICED_BYTES && !this.#behind.has(hoard)) return undefined;
    this.#note(hoard);
    if (this.#total <= this.#limits.linkBytes) return undefined;
    // Some may have caught up without anyone noticing.
    for (const each of [...this.#behind.keys()]) this.#note(each);
    return this.#total <= this.#limits.linkBytes ? undefined : this.#largest();
  }

  forget(hoard: T): void {
    this.#total -= this.#behind.get(hoard) ?? 0;
    this.#behind.delete(hoard);
  }

  #note(hoard: T): void {
    this.forget(hoard);
    const bytes = hoard.bufferedBytes;
    if (bytes < NOTICED_BYTES) return;
    this.#behind.set(hoard, bytes);
    this.#total += bytes;
  }

  #largest(): T | undefined {
    return [...this.#behind].sort(([, a], [, b]) => b - a)[0]?.[0];
  }
}
