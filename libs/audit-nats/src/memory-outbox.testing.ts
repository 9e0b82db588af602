import type { Outbox, OutboxRecord, PendingRecord } from '@hawser/audit';

/** An outbox without a disk: these tests are about what reaches the stream, not about what survives here. */
export class MemoryOutbox implements Outbox {
  readonly #records: PendingRecord[] = [];
  readonly #listeners = new Set<() => void>();
  #lastSequence = 0;

  async append(records: readonly OutboxRecord[]): Promise<void> {
    for (const record of records) this.#records.push({ ...record, sequence: ++this.#lastSequence });
    for (const listener of this.#listeners) listener();
  }

  async pending(limit: number, afterSequence = 0): Promise<readonly PendingRecord[]> {
    return this.#records.filter(({ sequence }) => sequence > afterSequence).slice(0, limit);
  }

  async acknowledge(sequences: readonly number[]): Promise<void> {
    const gone = new Set(sequences);
    const kept = this.#records.filter(({ sequence }) => !gone.has(sequence));
    this.#records.splice(0, this.#records.length, ...kept);
  }

  async count(): Promise<number> {
    return this.#records.length;
  }

  onAppend(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }
}
