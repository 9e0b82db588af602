import { DeliverPolicy, jetstream } from '@nats-io/jetstream';
import { AUDIT, type EventStream } from './event-stream.ts';
import { connectNats, type NatsOptions } from './nats-connection.ts';

export interface TailStreamOptions {
  readonly nats: NatsOptions;
  /** Which events; those of the audit trail if absent. */
  readonly stream?: EventStream;
  /** A NATS subject with wildcards, such as `audit.apiserver.delete.>`; default all events. */
  readonly subject?: string;
  /** Begin with the first event after this time; default with the next that happens. */
  readonly since?: Date;
}

export interface StreamMessage {
  readonly subject: string;
  /** When the stream had it. */
  readonly time: Date;
  /** The event as JSON text. */
  readonly body: string;
}

/**
 * Follows a stream, without leaving anything behind on the server, until the signal aborts. Rejects when
 * NATS cannot be reached or refuses, when there is no stream yet, and when the connection breaks.
 */
export async function* tailStream(
  options: TailStreamOptions,
  signal: AbortSignal,
): AsyncGenerator<StreamMessage> {
  const { stream = AUDIT } = options;
  const connection = await connectNats(options.nats).catch((cause: unknown) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    const servers = options.nats.servers.join(', ');
    throw new Error(`cannot connect to NATS at ${servers}: ${explained(why)}`, { cause });
  });
  const close = () => void connection.close();
  signal.addEventListener('abort', close, { once: true });
  try {
    const consumer = await jetstream(connection).consumers.get(stream.name, {
      filter_subjects: options.subject ?? stream.subjects,
      ...(options.since
        ? { deliver_policy: DeliverPolicy.StartTime, opt_start_time: options.since.toISOString() }
        : { deliver_policy: DeliverPolicy.New }),
    });
    for await (const message of await consumer.consume()) {
      yield { subject: message.subject, time: message.time, body: message.string() };
    }
    if (!signal.aborted) throw new Error('the connection to NATS was closed');
  } finally {
    signal.removeEventListener('abort', close);
    await connection.close();
  }
}

/** Bun's word for a connection that the server closed while it was being made says nothing. */
function explained(why: string): string {
  return why.includes('EBADF') ? 'it was closed, as for a certificate that the server does not take' : why;
}
