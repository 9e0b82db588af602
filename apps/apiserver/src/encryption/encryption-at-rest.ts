import type { Logger } from '@hawser/observability';
import type { Cacher } from '@hawser/registry';
import { type Clock, every } from '@hawser/runtime';
import type { Store } from '@hawser/storage';
import { warnOfOpenFile } from '@hawser/tls-files';
import type { ConfigurationMetrics } from '../configuration-file/configuration-metrics.ts';
import { encryptionStatus, type ResourceEncryption } from './encryption-status.ts';
import { type LoadedEncryption, loadEncryptionConfiguration } from './load-encryption-configuration.ts';
import { rewriteStale } from './rewrite-stale.ts';

export interface EncryptionAtRestOptions {
  readonly path: string;
  /** As read at start, before anything was read from the store. */
  readonly loaded: LoadedEncryption;
  /** Whether the file is read again when it changes. */
  readonly automaticReload: boolean;
  readonly cacher: Cacher;
  readonly store: Store;
  readonly metrics: ConfigurationMetrics;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** How the last rewriting of stale values went, or goes. */
export interface Rewriting {
  readonly running: boolean;
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly rewritten: number;
  /** Whether old revisions and what was left of them in files are gone. */
  readonly erased: boolean;
  readonly error?: string;
}

export interface EncryptionReport {
  readonly automaticReload: boolean;
  readonly resources: readonly ResourceEncryption[];
  readonly rewriting?: Rewriting;
}

/** Upstream looks at the file once a minute, and when the system tells of a change; a look costs next to nothing. */
const LOOK_MS = 5_000;
/** So many objects that cannot be read are named in the log; the status has all. */
const NAMED = 10;

/** The encryption of what is stored, while the hub runs: its file is read again, stale values are written anew. */
export class EncryptionAtRest implements Disposable {
  readonly #options: EncryptionAtRestOptions;
  readonly #timer: Disposable | undefined;
  readonly #stopping = new AbortController();
  #contentHash: string;
  #failed: string | undefined;
  #rewriting: Rewriting | undefined;

  constructor(options: EncryptionAtRestOptions) {
    this.#options = options;
    this.#contentHash = options.loaded.contentHash;
    this.#timer = options.automaticReload ? every(options.clock, LOOK_MS, () => this.look()) : undefined;
    warnOfOpenFile(options.path, options.logger);
    this.#warnOfLostKeys();
  }

  /** Reads the file, and goes by it from now on if it has changed and is right. */
  look(): void {
    const { path, cacher, metrics, logger } = this.#options;
    try {
      const { contentHash, transformerFor } = loadEncryptionConfiguration(path);
      this.#failed = undefined;
      if (contentHash === this.#contentHash) return;
      cacher.useTransformers(transformerFor);
      this.#contentHash = contentHash;
      // What was erased was of the keys before: that says nothing of the old revisions that there are from now on.
      if (this.#rewriting?.running === false) this.#rewriting = undefined;
      metrics.reloaded('success');
      logger.info({ path }, 'reloaded the encryption configuration');
      this.#warnOfLostKeys();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (why === this.#failed) return;
      this.#failed = why;
      metrics.reloaded('failure');
      logger.error({ path, why }, 'kept the encryption configuration as it was: the file cannot be used');
    }
  }

  report(): EncryptionReport {
    const { cacher, automaticReload } = this.#options;
    // As in startRewriting.
    if (automaticReload) this.look();
    return {
      automaticReload,
      resources: encryptionStatus(cacher),
      ...(this.#rewriting === undefined ? {} : { rewriting: this.#rewriting }),
    };
  }

  /** Begins to write anew what is stale, unless that is under way; then forgets and erases all old revisions. */
  startRewriting(): void {
    if (this.#rewriting?.running) return;
    // A file that was changed a moment ago is meant.
    if (this.#options.automaticReload) this.look();
    const startedAt = this.#options.clock.now().toISOString();
    this.#rewriting = { running: true, startedAt, rewritten: 0, erased: false };
    void this.#rewrite();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#stopping.abort(new Error('the hub is shutting down'));
  }

  async #rewrite(): Promise<void> {
    const { cacher, store, logger, clock } = this.#options;
    try {
      await rewriteStale(cacher, store, this.#stopping.signal, (count) => {
        this.#progress({ rewritten: this.#rewriting!.rewritten + count });
      });
      this.#stopping.signal.throwIfAborted();
      await store.compact(await store.currentRevision());
      await store.erase();
      this.#progress({ erased: true });
      logger.info(
        { rewritten: this.#rewriting!.rewritten },
        'wrote stale values anew and erased old revisions',
      );
    } catch (error) {
      logger.error({ error }, 'could not write stale values anew');
      this.#progress({ error: error instanceof Error ? error.message : String(error) });
    } finally {
      this.#progress({ running: false, finishedAt: clock.now().toISOString() });
    }
  }

  #progress(change: Partial<Rewriting>): void {
    this.#rewriting = { ...this.#rewriting!, ...change };
  }

  /** What cannot be read is there, and would be missed only when it is asked for. */
  #warnOfLostKeys(): void {
    const { logger } = this.#options;
    for (const { resource, unreadable, stored } of encryptionStatus(this.#options.cacher)) {
      for (const { key, why } of unreadable.slice(0, NAMED))
        logger.error({ key, why }, 'cannot read a stored object');
      if (unreadable.length > NAMED)
        logger.error({ resource, objects: unreadable.length }, 'cannot read stored objects');
      for (const { sealedWith, objects, lost } of stored)
        if (lost)
          logger.warn(
            { resource, sealedWith, objects },
            'the encryption configuration lacks a key that stored objects were written with: after the next start they cannot be read',
          );
    }
  }
}
