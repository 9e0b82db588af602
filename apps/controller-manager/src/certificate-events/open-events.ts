import { join } from 'node:path';
import { CONTROLLER_MANAGER_CLIENT, EVENTS, JetStreamPublisher, type NatsTarget } from '@hawser/audit-nats';
import type { Logger, Registry } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import { SqliteDatabase, SqliteOutbox, SqliteStore } from '@hawser/storage-sqlite';
import { EventLedger } from './event-ledger.ts';

export interface EventsComposition {
  /** Of the outbox. */
  readonly directory: string;
  /** Where events go; without, they wait in the outbox. */
  readonly nats: NatsTarget | undefined;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface OpenEvents extends AsyncDisposable {
  readonly ledger: EventLedger;
}

/**
 * Opens the outbox and the ledger beside it, and publishes from it until disposed.
 * @throws Error when another process has the outbox open, or a newer version wrote it.
 */
export function openEvents({ directory, nats, registry, clock, logger }: EventsComposition): OpenEvents {
  const database = new SqliteDatabase(join(directory, 'outbox.db'));
  const store = new SqliteStore(database);
  const outbox = new SqliteOutbox(database);
  if (nats === undefined) logger.warn({}, 'no --nats-url: events wait in the outbox');
  const publisher =
    nats &&
    new JetStreamPublisher({
      nats: { ...nats, clientName: CONTROLLER_MANAGER_CLIENT },
      stream: EVENTS,
      outbox,
      registry,
      clock,
      logger: logger.child({ part: 'events-publisher' }),
    });
  void publisher?.run(new AbortController().signal);
  return {
    ledger: new EventLedger(store),
    async [Symbol.asyncDispose]() {
      await publisher?.[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}
