import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { type BetterSQLite3Database, drizzle } from 'drizzle-orm/better-sqlite3';
import { GroupCommitter } from './group-committer.ts';
import { migrations } from './schema.ts';
import { prepareStatements, type Statements } from './statements.ts';

export interface DatabaseOptions {
  /** How long the process that had the file may take to end. */
  readonly lockTimeoutMs?: number;
  /** How long is waited for readers in other processes; everything else stands still meanwhile. */
  readonly busyTimeoutMs?: number;
}

/** One SQLite file, open: the store and the outbox share it, and with it their commits. */
export class SqliteDatabase implements Disposable {
  readonly drizzle: BetterSQLite3Database;
  readonly committer: GroupCommitter;
  /** The queries of the store, which the outbox shares. */
  readonly statements: Statements;
  readonly #connection: Database.Database;
  readonly #lock: Database.Database;

  /**
   * Opens or makes the file, readable by its owner alone, and brings its tables up to date.
   * @throws Error when another process has it open, or it was written by a newer version.
   */
  constructor(path: string, { lockTimeoutMs = LOCK_TIMEOUT_MS, busyTimeoutMs = 5000 }: DatabaseOptions = {}) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
    this.#lock = lock(path, lockTimeoutMs);
    this.#connection = new Database(path);
    this.#connection.pragma('journal_mode = WAL');
    // FULL syncs the log at every commit: an acknowledged write survives power loss. NORMAL would not.
    this.#connection.pragma('synchronous = FULL');
    this.#connection.pragma(`busy_timeout = ${busyTimeoutMs}`);
    // What is deleted is overwritten: compacted revisions may hold what was written under a key that is gone.
    this.#connection.pragma('secure_delete = ON');
    migrate(this.#connection, path);
    this.drizzle = drizzle(this.#connection);
    this.statements = prepareStatements(this.drizzle);
    this.committer = new GroupCommitter(this.#connection);
  }

  /**
   * Writes the file anew, with nothing in it but what stands, and empties the write-ahead log.
   * @throws Error when another process reads the file.
   */
  rebuild(): void {
    this.#connection.exec('VACUUM');
    const [outcome] = this.#connection.pragma('wal_checkpoint(TRUNCATE)') as { busy: number }[];
    if (outcome?.busy !== 0) throw new Error('the write-ahead log is in use by another process');
  }

  [Symbol.dispose](): void {
    this.committer.close();
    this.#connection.close();
    this.#lock.close();
  }
}

/** How long the process that had the file may take to end. */
const LOCK_TIMEOUT_MS = 3_000;

/**
 * Makes this process the file's only writer: two, each sure of its own memory, would show two truths. The lock is
 * on a file beside it, so that others may still read; it is the operating system's, and ends with the process.
 */
function lock(path: string, timeoutMs: number): Database.Database {
  const file = `${path}.lock`;
  closeSync(openSync(file, 'a', 0o600));
  const connection = new Database(file, { timeout: timeoutMs });
  try {
    connection.exec('BEGIN EXCLUSIVE');
    return connection;
  } catch (cause) {
    connection.close();
    throw new Error(`${path} is in use by another process`, { cause });
  }
}

function migrate(connection: Database.Database, path: string): void {
  const version = connection.pragma('user_version', { simple: true }) as number;
  if (version > migrations.length)
    throw new Error(
      `${path} was written by a newer version (schema ${version}, this one knows ${migrations.length})`,
    );
  for (let step = version; step < migrations.length; step += 1) {
    connection.transaction(() => {
      connection.exec(migrations[step]!);
      connection.pragma(`user_version = ${step + 1}`);
    })();
  }
}
