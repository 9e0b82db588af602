import { type Clock, sleep, type WorkQueue } from '@hawser/runtime';

/** Back-off of a pod that was tried again and did not fit, as upstream's: 1 s doubling to 10 s. */
const INITIAL_MS = 1_000;
const MAX_MS = 10_000;
/** Whatever happens, pods are tried again this often: an event may have been overlooked. */
const FLUSH_MS = 60_000;

interface Guest {
  attempts: number;
  /** Not tried again before. */
  notBeforeMs: number;
}

/** Pods that fit nowhere, until something changes that might make them fit. */
export class WaitingRoom {
  readonly #guests = new Map<string, Guest>();

  constructor(
    private readonly queue: WorkQueue,
    private readonly clock: Clock,
  ) {}

  has(key: string): boolean {
    return this.#guests.has(key);
  }

  /** The pod was tried and fits nowhere. */
  enter(key: string): void {
    const attempts = (this.#guests.get(key)?.attempts ?? 0) + 1;
    const backoffMs = Math.min(MAX_MS, INITIAL_MS * 2 ** (attempts - 1));
    this.#guests.set(key, { attempts, notBeforeMs: this.clock.now().getTime() + backoffMs });
  }

  /** The pod was placed, or has gone. */
  leave(key: string): void {
    this.#guests.delete(key);
  }

  /** Something changed: everybody is tried again, each when its back-off is over. */
  retryAll(): void {
    const nowMs = this.clock.now().getTime();
    for (const [key, { notBeforeMs }] of this.#guests)
      this.queue.addAfter(key, Math.max(0, notBeforeMs - nowMs));
  }

  /** Tries everybody again from time to time, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(FLUSH_MS, signal, this.clock).catch(() => {});
      if (!signal.aborted) this.retryAll();
    }
  }
}
