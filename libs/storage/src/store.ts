/**
 * The Store port: a log of single-key writes. A write is a compare-and-swap on one key that appends one
 * revision; a `resourceVersion` is a position in that log; a watch is reading on from a position. Nothing here
 * needs more than one key at a time, so that a distributed log can take SQLite's place.
 */

/** One value as it stands at a revision. */
export interface StoredValue {
  readonly key: string;
  readonly value: Uint8Array;
  /** The revision that wrote it. */
  readonly revision: number;
}

/** One entry of the log; a null value is a deletion. */
export interface Change {
  readonly key: string;
  readonly value: Uint8Array | null;
  readonly revision: number;
}

/** Sets, or with a null value deletes, a key if it still stands at a revision. */
export interface Write {
  readonly key: string;
  readonly value: Uint8Array | null;
  /** The revision that the key must be at: 0 where it must not exist. */
  readonly expectedRevision: number;
}

export type CommitResult =
  | { readonly committed: true; readonly revision: number }
  /** The key stood elsewhere; `current` is what is there, undefined where nothing is. */
  | { readonly committed: false; readonly current: StoredValue | undefined };

/** A message for the outside world that must not be lost: kept until a publisher has delivered it. */
export interface OutboxRecord {
  /** Unique for good; consumers drop what they have seen. */
  readonly id: string;
  readonly subject: string;
  readonly body: string;
}

export interface ListOptions {
  readonly prefix: string;
  /** As things stood then; the newest revision where absent. */
  readonly revision?: number;
  /** At most so many values. */
  readonly limit?: number;
  /** Only keys that sort after this one. */
  readonly after?: string;
}

export interface ListResult {
  /** In the order of their keys. */
  readonly values: readonly StoredValue[];
  /** The revision that the list shows. */
  readonly revision: number;
  /** How many more there are beyond the limit. */
  readonly remaining: number;
}

/** The revision asked for is older than what the store still keeps. */
export class CompactedError extends Error {
  override name = 'CompactedError';

  constructor(
    readonly revision: number,
    readonly compactedRevision: number,
  ) {
    super(`revision ${revision} has been compacted, the oldest is ${compactedRevision}`);
  }
}

export interface Store extends AsyncDisposable {
  get(key: string): Promise<StoredValue | undefined>;

  /** @throws CompactedError when `revision` is older than the compaction. */
  list(options: ListOptions): Promise<ListResult>;

  /**
   * Resolves when the write is durable (it survives `kill -9` and power loss) and every subscriber has seen it,
   * or when it was found not to apply.
   * @param outbox called with the new revision; what it returns becomes durable in the same step.
   */
  commit(write: Write, outbox?: (revision: number) => readonly OutboxRecord[]): Promise<CommitResult>;

  /**
   * Calls back with every change after `fromRevision`, in order, without gaps or repeats, in batches as they
   * become durable; first with what has already happened.
   * @throws CompactedError when that revision is no longer kept.
   */
  subscribe(fromRevision: number, listener: (changes: readonly Change[]) => void): Disposable;

  /** The newest revision; 0 in an empty store. */
  currentRevision(): Promise<number>;

  /** Forgets what was superseded up to and including `revision`; what stands at it stays. */
  compact(revision: number): Promise<void>;

  /**
   * Leaves no trace, in any file, of what was forgotten before: for values that nobody may read any more. Holds up
   * writers meanwhile.
   * @throws Error when something else reads the files, so that it could not be done; it may be tried again.
   */
  erase(): Promise<void>;
}
