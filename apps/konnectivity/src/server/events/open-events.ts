import { join } from 'node:path';
import { EVENTS, JetStreamPublisher, KONNECTIVITY_SERVER_CLIENT, type NatsTarget } from '@hawser/audit-nats';
import type { Logger, Registry } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import { SqliteDatabase, SqliteOutbox } from '@hawser/storage-sqlite';
import { LoggedServerEvents } from '../server-events.ts';
import { PublishedServerEvents } from './published-server-events.ts';

export interface EventsComposition {
  readonly serverID: string;
  /** Of the outbox. */
  readonly directory: string;
  /** Where events go; without, they wait in the outbox. */
  readonly nats: NatsTarget | undefined;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Opens the server's outbox, and publishes from it until disposed.
 * @returns what writes to it; disposing it publishes the last, for a moment, and closes the outbox.
 * @throws Error when another process has the outbox open, or a newer version wrote it.
 */
export function openEvents({ directory, nats, ...rest }: EventsComposition): PublishedServerEvents {
  const { serverID, registry, clock, logger } = rest;
  const database = new SqliteDatabase(join(directory, 'outbox.db'));
  const outbox = new SqliteOutbox(database);
  const publisher = startPublisher(nats, outbox, registry, clock, logger);
  const closing = async () => {
    await publisher?.[Symbol.asyncDispose]();
    database[Symbol.dispose]();
  };
  const next = new LoggedServerEvents(logger);
  return new PublishedServerEvents({ serverID, outbox, next, registry, clock, logger, closing });
}

function startPublisher(
  nats: EventsComposition['nats'],
  outbox: SqliteOutbox,
  registry: Registry,
  clock: Clock,
  logger: Logger,
): JetStreamPublisher | undefined {
  if (nats === undefined) {
    logger.warn({}, 'no --nats-url: events wait in the outbox');
    return undefined;
  }
  const publisher = new JetStreamPublisher({
    nats: { ...nats, clientName: KONNECTIVITY_SERVER_CLIENT },
    stream: EVENTS,
    outbox,
    registry,
    clock,
    logger: logger.child({ part: 'events-publisher' }),
  });
  void publisher.run(new AbortController().signal);
  return publisher;
}
