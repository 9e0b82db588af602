import type Database from 'better-sqlite3';

interface Job {
  run: () => unknown;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
  result?: unknown;
}

/** So many jobs share a transaction at most, which bounds how long the event loop stands still. */
const GROUP_SIZE = 512;

/**
 * Runs jobs in shared transactions: all that were enqueued in one turn of the event loop are committed, and
 * synced to disk, together. A sync costs about a millisecond whether one writer waits for it or a hundred.
 */
export class GroupCommitter {
  readonly #connection: Database.Database;
  readonly #afterCommit = new Set<() => void>();
  readonly #afterRollback = new Set<() => void>();
  #queue: Job[] = [];
  #scheduled = false;
  #closed = false;

  constructor(connection: Database.Database) {
    this.#connection = connection;
  }

  /**
   * Resolves with the job's result once it is durable and the after-commit hooks have run.
   * @param run synchronous, and repeatable: it may be run again after a rollback.
   * @throws what the job throws, or SQLite's error when the commit fails; nothing of the job is kept then.
   */
  enqueue<T>(run: () => T): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the database is closed'));
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ run, resolve: resolve as Job['resolve'], reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      setImmediate(() => this.#flush());
    });
  }

  /** Calls back after each commit, before its writers hear of it. */
  onCommit(callback: () => void): Disposable {
    this.#afterCommit.add(callback);
    return { [Symbol.dispose]: () => void this.#afterCommit.delete(callback) };
  }

  /** Calls back when a transaction was undone: what its jobs noted down did not happen. */
  onRollback(callback: () => void): Disposable {
    this.#afterRollback.add(callback);
    return { [Symbol.dispose]: () => void this.#afterRollback.delete(callback) };
  }

  /** Commits what waits, then refuses further jobs. */
  close(): void {
    while (this.#queue.length > 0) this.#commitGroup(this.#queue.splice(0, GROUP_SIZE));
    this.#closed = true;
  }

  #flush(): void {
    this.#scheduled = false;
    if (this.#closed) return;
    this.#commitGroup(this.#queue.splice(0, GROUP_SIZE));
    if (this.#queue.length > 0 && !this.#scheduled) {
      this.#scheduled = true;
      setImmediate(() => this.#flush());
    }
  }

  #commitGroup(group: Job[]): void {
    try {
      this.#transaction(group);
    } catch (error) {
      // One job's fault must not fail its neighbours: each gets a transaction of its own.
      if (group.length > 1) for (const job of group) this.#commitGroup([job]);
      else group[0]?.reject(error);
      return;
    }
    this.#runHooks();
    for (const job of group) job.resolve(job.result as never);
  }

  /** What is durable is acknowledged whatever a hook does; its fault is the process's, not the writers'. */
  #runHooks(): void {
    for (const callback of this.#afterCommit) {
      try {
        callback();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  #transaction(group: Job[]): void {
    this.#connection.exec('BEGIN IMMEDIATE');
    try {
      for (const job of group) job.result = job.run();
      this.#connection.exec('COMMIT');
    } catch (error) {
      if (this.#connection.inTransaction) this.#connection.exec('ROLLBACK');
      for (const callback of this.#afterRollback) callback();
      throw error;
    }
  }
}
