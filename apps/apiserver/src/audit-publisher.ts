import { AUDIT, EVENTS, JetStreamPublisher, natsTarget, PUBLISHER_CLIENT } from '@hawser/audit-nats';
import { FlagError } from '@hawser/config';
import type { createRegistry, Logger } from '@hawser/observability';
import type { SqliteOutbox } from '@hawser/storage-sqlite';
import type { ApiServerOptions } from './options.ts';

/**
 * Takes audit events from the outbox to NATS until the signal aborts. Without NATS they wait there: nothing is lost,
 * and the log says so. Services that publish to streams of their own wait for the hub to make those, too.
 * @throws Error where the link would not be mTLS.
 */
export function startPublisher(
  flags: ApiServerOptions,
  outbox: SqliteOutbox,
  logger: Logger,
  registry: ReturnType<typeof createRegistry>,
  signal: AbortSignal,
): AsyncDisposable {
  if (flags.natsUrl === undefined) {
    logger.warn({}, 'no --nats-url: audit events wait in the outbox');
    return { [Symbol.asyncDispose]: async () => {} };
  }
  const faults: string[] = [];
  const target = natsTarget(flags, faults);
  if (target === undefined) throw new FlagError(faults);
  const publisher = new JetStreamPublisher({
    nats: { ...target, clientName: PUBLISHER_CLIENT },
    outbox,
    logger: logger.child({ part: 'audit-publisher' }),
    registry,
    makes: [AUDIT, EVENTS],
  });
  void publisher.run(signal);
  return publisher;
}
