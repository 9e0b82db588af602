import type { Outbox } from '@hawser/audit';
import { JetStreamPublisher, kubeletClient } from '@hawser/audit-nats';
import type { Logger, Registry } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import type { KubeletOptions } from '../options.ts';
import { GatheringOutbox } from './gathering-outbox.ts';

/** How long an event on disk waits for others before they go out together. */
const GATHER_MS = 200;

/**
 * Takes audit events from the node's outbox to NATS until the signal aborts; the stream is the hub's to make.
 * Without NATS they wait on the node's disk, and the log says so.
 */
export function startPublisher(
  { nodeName, nats }: Pick<KubeletOptions, 'nodeName' | 'nats'>,
  outbox: Outbox,
  clock: Clock,
  logger: Logger,
  registry: Registry,
  signal: AbortSignal,
): AsyncDisposable {
  if (nats === undefined) {
    logger.warn({}, 'no --nats-url: audit events of the HTTPS API wait in the outbox');
    return { [Symbol.asyncDispose]: async () => {} };
  }
  const publisher = new JetStreamPublisher({
    nats: { ...nats, clientName: kubeletClient(nodeName) },
    outbox: new GatheringOutbox(outbox, GATHER_MS, clock),
    logger: logger.child({ part: 'audit-publisher' }),
    registry,
  });
  void publisher.run(signal);
  return publisher;
}
