import { type JsMsg, jetstream } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import type { Cluster } from './cluster.ts';
import type { Json } from './wire-client.ts';

/** The files with which a client of NATS proves itself and verifies the server. */
export interface NatsFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

export interface StreamedEvent {
  /** The header `Nats-Msg-Id`. */
  readonly id: string;
  readonly subject: string;
  /** The `audit.k8s.io/v1` Event. */
  readonly event: Json;
}

/** The audit reader's own files. */
export function auditReaderFiles({ layout: { natsPki } }: Cluster): NatsFiles {
  const { certificate, key } = natsPki.auditReader;
  return { caFile: natsPki.ca.certificate, certFile: certificate, keyFile: key };
}

/**
 * Connects as the audit reader, or as `files` say. Rejects when one side refuses the other.
 * @param client whose inbox gets the answers.
 */
export function connectToNats(
  cluster: Cluster,
  files = auditReaderFiles(cluster),
  client = 'audit-reader',
): Promise<NatsConnection> {
  return connect({
    servers: `tls://127.0.0.1:${cluster.ports.nats}`,
    reconnect: false,
    timeout: 5_000,
    inboxPrefix: `_INBOX_${client}`,
    tls: files,
  });
}

/** Everything that is in the audit stream now, in its order. */
export async function readAuditStream(cluster: Cluster): Promise<StreamedEvent[]> {
  const connection = await connectToNats(cluster);
  try {
    const consumer = await jetstream(connection).consumers.get('AUDIT');
    let pending = (await consumer.info()).num_pending;
    const events: StreamedEvent[] = [];
    while (pending > 0) {
      const batch = await consumer.fetch({ max_messages: Math.min(pending, 500) });
      for await (const message of batch) {
        events.push(streamedEvent(message));
        pending = message.info.pending;
      }
    }
    return events;
  } finally {
    await connection.close();
  }
}

function streamedEvent(message: JsMsg): StreamedEvent {
  return {
    id: message.headers?.get('Nats-Msg-Id') ?? '',
    subject: message.subject,
    event: message.json(),
  };
}
