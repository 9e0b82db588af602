import type { Clock } from '@hawser/runtime';

const FIRST_MS = 10_000;
const LONGEST_MS = 10 * 60_000;

/** After failures, pods of a job are replaced ever more slowly; a success ends that (pkg/controller/job/backoff_utils.go). */
export class FailureBackoff {
  readonly #records = new Map<string, { failures: number; lastMs: number }>();

  constructor(private readonly clock: Clock) {}

  /** Notes what has newly ended. */
  note(key: string, failures: number, successes: number): void {
    if (successes > 0) this.#records.delete(key);
    if (failures === 0) return;
    const before = this.#records.get(key)?.failures ?? 0;
    this.#records.set(key, { failures: before + failures, lastMs: this.clock.now().getTime() });
  }

  /** Milliseconds until the next pod may be made. */
  remainingMs(key: string): number {
    const record = this.#records.get(key);
    if (record === undefined) return 0;
    const delayMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (record.failures - 1));
    return Math.max(0, record.lastMs + delayMs - this.clock.now().getTime());
  }

  forget(key: string): void {
    this.#records.delete(key);
  }
}
