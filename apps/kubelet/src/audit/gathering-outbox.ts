import type { Outbox, OutboxRecord, PendingRecord } from '@hawser/audit';
import type { Clock } from '@hawser/runtime';

/**
 * An outbox that speaks of new records a little later, and of many at once: publishing must not take its time from
 * the very command that it tells of.
 */
export class GatheringOutbox implements Outbox {
  readonly #outbox: Outbox;
  readonly #delayMs: number;
  readonly #clock: Clock;

  constructor(outbox: Outbox, delayMs: number, clock: Clock) {
    this.#outbox = outbox;
    this.#delayMs = delayMs;
    this.#clock = clock;
  }

  append(records: readonly OutboxRecord[]): Promise<void> {
    return this.#outbox.append(records);
  }

  pending(limit: number, afterSequence?: number): Promise<readonly PendingRecord[]> {
    return this.#outbox.pending(limit, afterSequence);
  }

  acknowledge(sequences: readonly number[]): Promise<void> {
    return this.#outbox.acknowledge(sequences);
  }

  count(): Promise<number> {
    return this.#outbox.count();
  }

  onAppend(listener: () => void): Disposable {
    let timer: Disposable | undefined;
    const call = () => {
      timer = undefined;
      listener();
    };
    const appends = this.#outbox.onAppend(() => {
      timer ??= this.#clock.after(this.#delayMs, call);
    });
    return {
      [Symbol.dispose]: () => {
        timer?.[Symbol.dispose]();
        appends[Symbol.dispose]();
      },
    };
  }
}
