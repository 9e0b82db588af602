import { JetStreamPublisher } from '@hawser/audit-nats';
import type { createRegistry, Logger } from '@hawser/observability';
import type { SqliteOutbox } from '@hawser/storage-sqlite';
import type { ApiServerOptions } from './options.ts';

/**
 * Takes audit events from the outbox to NATS until the signal aborts. Without NATS they wait there: nothing is lost,
 * and the log says so.
 * @throws Error where the link would not be mTLS.
 */
export function startPublisher(
  { natsUrl, natsCaFile, natsCertFile, natsKeyFile }: ApiServerOptions,
  outbox: SqliteOutbox,
  logger: Logger,
  registry: ReturnType<typeof createRegistry>,
  signal: AbortSignal,
): AsyncDisposable {
  if (natsUrl === undefined) {
    logger.warn({}, 'no --nats-url: audit events wait in the outbox');
    return { [Symbol.asyncDispose]: async () => {} };
  }
  if (natsCaFile === undefined || natsCertFile === undefined || natsKeyFile === undefined)
    throw new Error(
      '--nats-url needs --nats-ca-file, --nats-cert-file and --nats-key-file: the link is always mTLS',
    );
  const nats = {
    servers: [natsUrl],
    caFile: natsCaFile,
    certificateFile: natsCertFile,
    keyFile: natsKeyFile,
    clientName: 'apiserver',
  };
  const publisher = new JetStreamPublisher({
    nats,
    outbox,
    logger: logger.child({ part: 'audit-publisher' }),
    registry,
  });
  void publisher.run(signal);
  return publisher;
}
