/**
 * Which records the server has acknowledged and since when. Its ack comes before it syncs its file, so a record
 * is delivered for good only when the sync interval has passed as well, on a server that has not restarted since.
 */
export class SyncLedger {
  readonly #syncIntervalMs: number;
  /** Sequence number → when it was acknowledged; in the order of acknowledgement. */
  readonly #ackedAtMs = new Map<number, number>();

  constructor(syncIntervalMs: number) {
    this.#syncIntervalMs = syncIntervalMs;
  }

  /** Notes an acknowledgement. */
  note(sequence: number, nowMs: number): void {
    this.#ackedAtMs.set(sequence, nowMs);
  }

  /** Takes out those whose interval has passed. */
  takeSynced(nowMs: number): number[] {
    const synced: number[] = [];
    for (const [sequence, ackedAtMs] of this.#ackedAtMs) {
      if (nowMs - ackedAtMs < this.#syncIntervalMs) break;
      synced.push(sequence);
      this.#ackedAtMs.delete(sequence);
    }
    return synced;
  }
}
