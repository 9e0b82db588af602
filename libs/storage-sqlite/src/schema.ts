import { blob, index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/** The log: a row a revision. What stands under a key is its row with the highest revision. */
export const revisions = sqliteTable(
  'revisions',
  {
    revision: integer('revision').primaryKey({ autoIncrement: true }),
    key: text('key').notNull(),
    /** Null is a deletion. */
    value: blob('value', { mode: 'buffer' }),
  },
  (table) => [index('revisions_by_key').on(table.key, table.revision)],
);

/** One row: how far the log has been compacted. */
export const compaction = sqliteTable('compaction', {
  id: integer('id').primaryKey(),
  revision: integer('revision').notNull(),
});

/** Audit events on their way to the stream. */
export const outbox = sqliteTable('outbox', {
  sequence: integer('sequence').primaryKey({ autoIncrement: true }),
  id: text('id').notNull().unique(),
  subject: text('subject').notNull(),
  body: text('body').notNull(),
});

/**
 * How the tables above come to be, step by step; a step is never changed once released. They are kept in the
 * source, not in files beside it, so that a compiled executable carries them. `PRAGMA user_version` counts the
 * steps taken.
 */
export const migrations: readonly string[] = [
  `CREATE TABLE revisions (
     revision INTEGER PRIMARY KEY AUTOINCREMENT,
     key TEXT NOT NULL,
     value BLOB
   );
   CREATE INDEX revisions_by_key ON revisions (key, revision);
   CREATE TABLE compaction (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL);
   INSERT INTO compaction (id, revision) VALUES (1, 0);
   CREATE TABLE outbox (
     sequence INTEGER PRIMARY KEY AUTOINCREMENT,
     id TEXT NOT NULL UNIQUE,
     subject TEXT NOT NULL,
     body TEXT NOT NULL
   );`,
];
