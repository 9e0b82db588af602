import {
  type Change,
  type CommitResult,
  CompactedError,
  type ListOptions,
  type ListResult,
  type OutboxRecord,
  type Store,
  type StoredValue,
  type Write,
} from '@hawser/storage';
import type { SqliteDatabase } from './database.ts';
import type { Statements } from './statements.ts';

interface Subscriber {
  /** The last revision it was shown. */
  revision: number;
  readonly listener: (changes: readonly Change[]) => void;
}

/** So many changes of the past are read at once. */
const CATCH_UP_BATCH = 128;

/** So many superseded rows are deleted per transaction, so that compaction never holds up writers for long. */
const COMPACTION_BATCH = 500;

/** The Store on SQLite: the log is a table, a commit a group of rows, a snapshot a query by revision. */
export class SqliteStore implements Store {
  readonly #database: SqliteDatabase;
  readonly #statements: Statements;
  readonly #subscribers = new Set<Subscriber>();
  readonly #hooks: readonly Disposable[];
  /** Rows of the transaction under way, shown to subscribers once it is committed. */
  #fresh: Change[] = [];
  #revision: number;
  #compacted: number;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#statements = database.statements;
    this.#revision = this.#statements.currentRevision();
    this.#compacted = this.#statements.compactedRevision();
    this.#hooks = [
      database.committer.onCommit(() => this.#publish()),
      database.committer.onRollback(() => {
        this.#fresh = [];
      }),
    ];
  }

  async get(key: string): Promise<StoredValue | undefined> {
    return this.#newest(key);
  }

  async list({ prefix, revision = this.#revision, limit, after }: ListOptions): Promise<ListResult> {
    this.#assertKept(revision);
    // A key that sorts before the prefix must not let the list begin outside it.
    const begins = after !== undefined && after >= prefix;
    const range = { from: begins ? after : prefix, fromExclusive: begins, to: prefixEnd(prefix), revision };
    const values = this.#statements.list({ ...range, limit: limit ?? -1 });
    const remaining =
      limit === undefined || values.length < limit ? 0 : this.#statements.count(range) - values.length;
    return { values, revision, remaining };
  }

  commit(write: Write, outbox?: (revision: number) => readonly OutboxRecord[]): Promise<CommitResult> {
    return this.#database.committer.enqueue(() => {
      const current = this.#newest(write.key);
      if ((current?.revision ?? 0) !== write.expectedRevision) return { committed: false, current };
      const revision = this.#statements.append(write);
      this.#fresh.push({ key: write.key, value: write.value, revision });
      for (const record of outbox?.(revision) ?? []) this.#statements.appendOutbox(record);
      return { committed: true, revision };
    });
  }

  subscribe(fromRevision: number, listener: (changes: readonly Change[]) => void): Disposable {
    this.#assertKept(fromRevision);
    const subscriber: Subscriber = { revision: fromRevision, listener };
    this.#catchUp(subscriber);
    this.#subscribers.add(subscriber);
    return { [Symbol.dispose]: () => void this.#subscribers.delete(subscriber) };
  }

  async currentRevision(): Promise<number> {
    return this.#revision;
  }

  async compact(revision: number): Promise<void> {
    const target = Math.min(revision, this.#revision);
    if (target <= this.#compacted) return;
    await this.#database.committer.enqueue(() => this.#statements.setCompacted(target));
    this.#compacted = target;
    for (;;) {
      const deleted = await this.#database.committer.enqueue(() =>
        this.#statements.deleteSuperseded(target, COMPACTION_BATCH),
      );
      if (deleted < COMPACTION_BATCH) return;
    }
  }

  async erase(): Promise<void> {
    this.#database.rebuild();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database[Symbol.dispose]();
    for (const hook of this.#hooks) hook[Symbol.dispose]();
    this.#subscribers.clear();
  }

  #newest(key: string): StoredValue | undefined {
    const row = this.#statements.newest(key);
    return row?.value == null ? undefined : { key, value: row.value, revision: row.revision };
  }

  #assertKept(revision: number): void {
    if (revision < this.#compacted) throw new CompactedError(revision, this.#compacted);
  }

  /** Shows every subscriber the rows that the last commit made durable. */
  #publish(): void {
    const fresh = this.#fresh;
    if (fresh.length === 0) return;
    this.#fresh = [];
    this.#revision = fresh[fresh.length - 1]!.revision;
    for (const subscriber of this.#subscribers) this.#show(subscriber, fresh);
  }

  /** Shows what has already happened, a part at a time: the past may be larger than memory. */
  #catchUp(subscriber: Subscriber): void {
    for (;;) {
      const changes = this.#statements.changesAfter(subscriber.revision, CATCH_UP_BATCH);
      this.#show(subscriber, changes);
      if (changes.length < CATCH_UP_BATCH) return;
    }
  }

  #show(subscriber: Subscriber, changes: readonly Change[]): void {
    const unseen = changes.filter((change) => change.revision > subscriber.revision);
    if (unseen.length === 0) return;
    subscriber.revision = unseen[unseen.length - 1]!.revision;
    subscriber.listener(unseen);
  }
}

/** The first key that sorts after all keys with a prefix; keys are compared byte by byte. */
function prefixEnd(prefix: string): string {
  const last = prefix.length - 1;
  return prefix.slice(0, last) + String.fromCharCode(prefix.charCodeAt(last) + 1);
}
