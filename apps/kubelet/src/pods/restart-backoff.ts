import type { Clock } from '@hawser/runtime';

interface Entry {
  delayMs: number;
  updatedAtMs: number;
}

const INITIAL_MS = 10_000;
const MAX_MS = 300_000;
/** A container that ended well after its last restart begins anew. */
const RESET_MS = 2 * MAX_MS;

/**
 * CrashLoopBackOff: how long a container that ended waits before it runs again. The first restart is at once,
 * then 10 s, doubling up to 5 minutes, counted from its end; forgotten after 10 minutes of running.
 */
export class RestartBackoff {
  readonly #entries = new Map<string, Entry>();

  constructor(private readonly clock: Clock) {}

  /** The wait that is in force for a container that ended at `finishedAt`, and what is left of it. */
  waiting(name: string, finishedAt: Date): { delayMs: number; remainingMs: number } | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined || this.#isStale(entry, finishedAt)) return undefined;
    const remainingMs = finishedAt.getTime() + entry.delayMs - this.clock.now().getTime();
    return remainingMs > 0 ? { delayMs: entry.delayMs, remainingMs } : undefined;
  }

  /** To be called when the container is restarted: the next wait is longer. */
  restarted(name: string, finishedAt: Date): void {
    const entry = this.#entries.get(name);
    const delayMs =
      entry === undefined || this.#isStale(entry, finishedAt)
        ? INITIAL_MS
        : Math.min(MAX_MS, entry.delayMs * 2);
    this.#entries.set(name, { delayMs, updatedAtMs: this.clock.now().getTime() });
  }

  #isStale({ updatedAtMs }: Entry, finishedAt: Date): boolean {
    return finishedAt.getTime() - updatedAtMs > RESET_MS;
  }
}
