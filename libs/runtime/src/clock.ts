/** Time as a seam: everything that waits or stamps takes a Clock, so that tests can move it by hand. */
export interface Clock {
  now(): Date;
  /** Calls back once after `ms`; dispose to cancel. */
  after(ms: number, callback: () => void): Disposable;
}

export const systemClock: Clock = {
  now: () => new Date(),
  after(ms, callback) {
    // setTimeout counts in 32 bits; a longer wait would fire at once.
    const timer = setTimeout(callback, Math.min(ms, 2 ** 31 - 1));
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
};

/** Calls back again and again, each time `ms` after the last; dispose to stop. */
export function every(clock: Clock, ms: number, callback: () => void): Disposable {
  let timer = clock.after(ms, again);
  function again(): void {
    timer = clock.after(ms, again);
    callback();
  }
  return { [Symbol.dispose]: () => timer[Symbol.dispose]() };
}

/**
 * Waits `ms` milliseconds.
 * @throws the signal's reason when it aborts first.
 */
export function sleep(ms: number, signal?: AbortSignal, clock: Clock = systemClock): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer[Symbol.dispose]();
      reject(signal?.reason);
    };
    const timer = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** A clock that stands still until it is told to advance. */
export class FakeClock implements Clock {
  #nowMs: number;
  #timers = new Set<{ atMs: number; callback: () => void }>();

  constructor(start: Date | string = '2026-01-01T00:00:00Z') {
    this.#nowMs = new Date(start).getTime();
  }

  now(): Date {
    return new Date(this.#nowMs);
  }

  after(ms: number, callback: () => void): Disposable {
    const timer = { atMs: this.#nowMs + ms, callback };
    this.#timers.add(timer);
    return { [Symbol.dispose]: () => void this.#timers.delete(timer) };
  }

  /** Moves on by `ms`, firing what falls due in its order. */
  advance(ms: number): void {
    const end = this.#nowMs + ms;
    for (;;) {
      const due = this.#next();
      if (due === undefined || due.atMs > end) break;
      this.#timers.delete(due);
      this.#nowMs = due.atMs;
      due.callback();
    }
    this.#nowMs = end;
  }

  /** The timer that falls due first; of those due at once the one that was set first. */
  #next(): { atMs: number; callback: () => void } | undefined {
    let next: { atMs: number; callback: () => void } | undefined;
    for (const timer of this.#timers) if (next === undefined || timer.atMs < next.atMs) next = timer;
    return next;
  }
}
