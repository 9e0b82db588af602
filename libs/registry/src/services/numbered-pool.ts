import { randomInt } from 'node:crypto';

/** What a pool says of a number that is asked for. */
export type PoolVerdict = 'free' | 'taken' | 'outside';

/**
 * Numbers of a range, given out one by one: at random from the upper band, from the lower one only when that is
 * full, so that numbers which people choose from the lower band seldom meet given ones (KEP 3070, KEP 3668).
 */
export class NumberedPool {
  readonly #uses = new Map<number, number>();

  /** @param reserved how many numbers at the beginning are kept for those who choose. */
  constructor(
    readonly first: number,
    readonly size: number,
    private readonly reserved: number,
  ) {}

  /** How many different numbers of the range are in use. */
  get used(): number {
    let used = 0;
    for (const number of this.#uses.keys()) if (this.contains(number)) used += 1;
    return used;
  }

  contains(number: number): boolean {
    return number >= this.first && number < this.first + this.size;
  }

  look(number: number): PoolVerdict {
    if (!this.contains(number)) return 'outside';
    return this.#uses.has(number) ? 'taken' : 'free';
  }

  /** Counts a use, of a free number or of one that is shared or outside. */
  take(number: number): void {
    this.#uses.set(number, (this.#uses.get(number) ?? 0) + 1);
  }

  release(number: number): void {
    const uses = this.#uses.get(number) ?? 0;
    if (uses > 1) this.#uses.set(number, uses - 1);
    else this.#uses.delete(number);
  }

  /** Finds a free number, and does not take it yet; undefined when the range is full. */
  next(): number | undefined {
    return (
      this.#nextIn(this.first + this.reserved, this.size - this.reserved) ??
      this.#nextIn(this.first, this.reserved)
    );
  }

  #nextIn(first: number, size: number): number | undefined {
    if (size <= 0) return undefined;
    const start = randomInt(size);
    for (let step = 0; step < size; step += 1) {
      const number = first + ((start + step) % size);
      if (!this.#uses.has(number)) return number;
    }
    return undefined;
  }
}

/** The size of the band at the beginning of a range: a part of it, within bounds; none where it is small. */
export function reservedBand(size: number, { divisor, min, max }: BandRule): number {
  return size <= min ? 0 : Math.min(max, Math.max(min, Math.floor(size / divisor)));
}

export interface BandRule {
  readonly divisor: number;
  readonly min: number;
  readonly max: number;
}
