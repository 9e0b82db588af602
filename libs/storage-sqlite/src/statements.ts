import type { Change, OutboxRecord, StoredValue, Write } from '@hawser/storage';
import { and, asc, desc, eq, gt, inArray, sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { compaction, outbox, revisions } from './schema.ts';

/** Keys from one to another, as they stood at a revision. */
export interface KeyRange {
  readonly from: string;
  readonly fromExclusive: boolean;
  readonly to: string;
  readonly revision: number;
}

export type Statements = ReturnType<typeof prepareStatements>;

/** The queries of the store, prepared once: an unprepared drizzle query costs two to five times as much. */
export function prepareStatements(db: BetterSQLite3Database) {
  const at = sql.placeholder('revision');
  const newest = db
    .select()
    .from(revisions)
    .where(eq(revisions.key, sql.placeholder('key')))
    .orderBy(desc(revisions.revision))
    .limit(1)
    .prepare();
  const append = db
    .insert(revisions)
    .values({ key: sql.placeholder('key'), value: sql.placeholder('value') })
    .returning({ revision: revisions.revision })
    .prepare();
  const changesAfter = db
    .select()
    .from(revisions)
    .where(gt(revisions.revision, at))
    .orderBy(asc(revisions.revision))
    .limit(sql.placeholder('limit'))
    .prepare();
  const current = db
    .select({ revision: sql<number>`coalesce(max(seq), 0)` })
    .from(sql`sqlite_sequence`)
    .where(sql`name = 'revisions'`)
    .prepare();
  const compacted = db.select().from(compaction).prepare();
  const setCompacted = db
    .update(compaction)
    .set({ revision: sql`${at}` })
    .prepare();
  const appendOutbox = db
    .insert(outbox)
    .values({ id: sql.placeholder('id'), subject: sql.placeholder('subject'), body: sql.placeholder('body') })
    .onConflictDoNothing()
    .prepare();
  // For each key in the range the newest row up to the revision, unless that row is a deletion.
  const standing = and(
    sql`${revisions.key} < ${sql.placeholder('to')}`,
    sql`(${revisions.key} > ${sql.placeholder('from')} or (${revisions.key} = ${sql.placeholder('from')} and not ${sql.placeholder('fromExclusive')}))`,
    sql`${revisions.value} is not null`,
    sql`${revisions.revision} = (select max(r.revision) from revisions r where r.key = ${revisions.key} and r.revision <= ${at})`,
  );
  const list = db
    .select()
    .from(revisions)
    .where(standing)
    .orderBy(asc(revisions.key))
    .limit(sql.placeholder('limit'))
    .prepare();
  const count = db.select({ count: sql<number>`count(*)` }).from(revisions).where(standing).prepare();
  // A row is superseded when a newer one for its key is not newer than the compaction; a deletion that is
  // itself old enough has nothing left to say.
  const superseded = db
    .select({ revision: revisions.revision })
    .from(revisions)
    .where(
      and(
        sql`${revisions.revision} <= ${at}`,
        sql`(${revisions.value} is null or exists (select 1 from revisions r where r.key = ${revisions.key} and r.revision > ${revisions.revision} and r.revision <= ${at}))`,
      ),
    )
    // Oldest first: a deletion must not go before the values that it deleted.
    .orderBy(asc(revisions.revision))
    .limit(sql.placeholder('limit'))
    .prepare();

  return {
    newest: (key: string) => newest.get({ key }),
    append: (write: Write): number => append.get({ key: write.key, value: write.value })!.revision,
    appendOutbox: (record: OutboxRecord) => void appendOutbox.run({ ...record }),
    changesAfter: (revision: number, limit: number): Change[] => changesAfter.all({ revision, limit }),
    currentRevision: (): number => current.get()?.revision ?? 0,
    compactedRevision: (): number => compacted.get()?.revision ?? 0,
    setCompacted: (revision: number) => void setCompacted.run({ revision }),
    list: (range: KeyRange & { limit: number }): StoredValue[] =>
      list.all(bind(range)).map((row) => ({ key: row.key, value: row.value!, revision: row.revision })),
    count: (range: KeyRange): number => count.get(bind(range))?.count ?? 0,
    deleteSuperseded(revision: number, limit: number): number {
      const rows = superseded.all({ revision, limit });
      if (rows.length > 0) {
        const doomed = rows.map((row) => row.revision);
        db.delete(revisions).where(inArray(revisions.revision, doomed)).run();
      }
      return rows.length;
    },
  };
}

/** SQLite knows no booleans. */
function bind<T extends KeyRange>(range: T) {
  return { ...range, fromExclusive: range.fromExclusive ? 1 : 0 };
}
