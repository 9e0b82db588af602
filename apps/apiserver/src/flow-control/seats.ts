import { PRIORITY_LEVELS, type PriorityLevel, type PriorityLevelName } from './priority-levels.ts';

interface Share {
  /** What is its own. */
  readonly nominal: number;
  /** What nobody else may use, even while it does not. */
  readonly kept: number;
  inUse: number;
}

/**
 * How many requests of each level may be under way at once. A level may use more than its own while the others
 * leave them idle, but never what they keep for themselves: each of them always finds its kept seats free.
 */
export class Seats {
  readonly #total: number;
  readonly #shares = new Map<PriorityLevelName, Share>();

  constructor(total: number) {
    this.#total = total;
    const all = PRIORITY_LEVELS.reduce((sum, { shares }) => sum + shares, 0);
    for (const level of PRIORITY_LEVELS) {
      const nominal = Math.ceil((total * level.shares) / all);
      this.#shares.set(level.name, { nominal, kept: keptOf(level, nominal), inUse: 0 });
    }
  }

  nominal(level: PriorityLevelName): number {
    return this.#shares.get(level)!.nominal;
  }

  inUse(level: PriorityLevelName): number {
    return this.#shares.get(level)!.inUse;
  }

  isFree(level: PriorityLevelName): boolean {
    const { inUse, kept } = this.#shares.get(level)!;
    if (inUse < kept) return true;
    let spoken = 0;
    for (const share of this.#shares.values()) spoken += Math.max(share.inUse, share.kept);
    return spoken < this.#total;
  }

  take(level: PriorityLevelName): void {
    this.#shares.get(level)!.inUse += 1;
  }

  giveBack(level: PriorityLevelName): void {
    this.#shares.get(level)!.inUse -= 1;
  }
}

/** At least one, however few there are: no level is ever shut out. */
function keptOf({ lendablePercent }: PriorityLevel, nominal: number): number {
  return Math.max(1, nominal - Math.round((nominal * lendablePercent) / 100));
}
