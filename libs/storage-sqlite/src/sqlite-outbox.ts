import type { Outbox, OutboxRecord, PendingRecord } from '@hawser/audit';
import { asc, gt, inArray, sql } from 'drizzle-orm';
import type { SqliteDatabase } from './database.ts';
import { outbox } from './schema.ts';

/** The Outbox beside the store, in the same file: an event is durable with the very write that it speaks of. */
export class SqliteOutbox implements Outbox {
  readonly #database: SqliteDatabase;
  readonly #pending;
  readonly #count;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#pending = database.drizzle
      .select()
      .from(outbox)
      .where(gt(outbox.sequence, sql.placeholder('after')))
      .orderBy(asc(outbox.sequence))
      .limit(sql.placeholder('limit'))
      .prepare();
    this.#count = database.drizzle.select({ count: sql<number>`count(*)` }).from(outbox).prepare();
  }

  append(records: readonly OutboxRecord[]): Promise<void> {
    return this.#database.committer.enqueue(() => {
      for (const record of records) this.#database.statements.appendOutbox(record);
    });
  }

  async pending(limit: number, afterSequence = 0): Promise<readonly PendingRecord[]> {
    return this.#pending.all({ limit, after: afterSequence });
  }

  acknowledge(sequences: readonly number[]): Promise<void> {
    return this.#database.committer.enqueue(() => {
      this.#database.drizzle
        .delete(outbox)
        .where(inArray(outbox.sequence, [...sequences]))
        .run();
    });
  }

  async count(): Promise<number> {
    return this.#count.get()?.count ?? 0;
  }

  onAppend(listener: () => void): Disposable {
    return this.#database.committer.onCommit(listener);
  }
}
