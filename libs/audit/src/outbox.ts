import type { OutboxRecord } from '@hawser/storage';

/** A record with its place in the outbox. */
export interface PendingRecord extends OutboxRecord {
  /** Grows with each record; the order in which they are to be published. */
  readonly sequence: number;
}

/**
 * The Outbox port: what must reach the audit stream waits here, on disk, until the stream has it for good.
 * Records also arrive through `Store.commit`, in the same step as the write that they speak of.
 */
export interface Outbox {
  /** Resolves when the records are durable. A record whose id is already there is dropped. */
  append(records: readonly OutboxRecord[]): Promise<void>;
  /** The oldest records after a sequence number, in order. */
  pending(limit: number, afterSequence?: number): Promise<readonly PendingRecord[]>;
  /** Forgets records that were delivered and synced, by sequence number. */
  acknowledge(sequences: readonly number[]): Promise<void>;
  /** How many records wait. */
  count(): Promise<number>;
  /** Calls back when records became durable, so that a publisher need not poll. */
  onAppend(listener: () => void): Disposable;
}
