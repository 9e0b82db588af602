import { join } from 'node:path';
import type { Logger, Registry } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import { SqliteDatabase, SqliteOutbox } from '@hawser/storage-sqlite';
import type { KubeletOptions } from '../options.ts';
import { KubeletAudit } from './kubelet-audit.ts';
import { startPublisher } from './start-publisher.ts';

export interface AuditComposition {
  readonly options: Pick<KubeletOptions, 'nodeName' | 'nats'>;
  /** Of the outbox. */
  readonly directory: string;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Opens the node's outbox and publishes from it until the signal aborts.
 * @returns the audit trail; disposing it closes the outbox, with everything that was recorded in it.
 * @throws Error when another process has the outbox open, or a newer version wrote it.
 */
export function openAudit(
  { options, directory, registry, clock, logger }: AuditComposition,
  signal: AbortSignal,
): KubeletAudit {
  const database = new SqliteDatabase(join(directory, 'outbox.db'));
  const outbox = new SqliteOutbox(database);
  const publisher = startPublisher(options, outbox, clock, logger, registry, signal);
  const { nodeName } = options;
  const closing = async () => {
    await publisher[Symbol.asyncDispose]();
    database[Symbol.dispose]();
  };
  return new KubeletAudit({ nodeName, outbox, registry, clock, logger, closing });
}
