import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';

const DAY_MS = 86_400_000;

/** A stream that services publish their outboxes to. */
export interface EventStream {
  readonly name: string;
  /** All its subjects, as one pattern. */
  readonly subjects: string;
  readonly description: string;
  /** For how long events stay, where no operator has chosen otherwise. */
  readonly maxAgeMs: number;
  /** What goes out, in the log. */
  readonly what: string;
  /** How the names of a publisher's metrics begin. */
  readonly metrics: string;
  /** The media type of bodies, in the header `content-type`; none is sent if absent. */
  readonly contentType?: string;
}

/** What was asked of the services, and by whom. */
export const AUDIT: EventStream = {
  name: 'AUDIT',
  subjects: 'audit.>',
  description: 'audit.k8s.io/v1 events of all Hawser services',
  maxAgeMs: 30 * DAY_MS,
  what: 'audit events',
  metrics: 'hawser_audit',
};

/** What happens in the services besides. */
export const EVENTS: EventStream = {
  name: 'HAWSER',
  subjects: 'hawser.>',
  description: 'CloudEvents of all Hawser services',
  maxAgeMs: 7 * DAY_MS,
  what: 'events',
  metrics: 'hawser_events',
  contentType: 'application/cloudevents+json',
};

const NANOSECONDS_PER_MS = 1_000_000;
/** How long the server recognizes a message id that it has had; far longer than the outbox keeps a row. */
const DUPLICATE_WINDOW_NS = 3_600_000 * NANOSECONDS_PER_MS;

/**
 * Makes the stream, or widens one that exists where it lacks our subjects or our duplicate window; what an operator
 * has set otherwise (age, size, replicas) stays. Rejects with the server's `JetStreamError`.
 */
export async function ensureStream(manager: JetStreamManager, stream: EventStream): Promise<void> {
  const { name, subjects, description, maxAgeMs } = stream;
  const config = await readConfig(manager, name);
  if (!config) {
    await manager.streams.add({
      name,
      description,
      subjects: [subjects],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      duplicate_window: DUPLICATE_WINDOW_NS,
      max_age: maxAgeMs * NANOSECONDS_PER_MS,
      // What is recorded is not edited: only age takes events out.
      deny_delete: true,
      deny_purge: true,
    });
    return;
  }
  if (config.subjects.includes(subjects) && config.duplicate_window >= DUPLICATE_WINDOW_NS) return;
  await manager.streams.update(name, {
    ...config,
    subjects: [...new Set([...config.subjects, subjects])],
    duplicate_window: Math.max(config.duplicate_window, DUPLICATE_WINDOW_NS),
  });
}

async function readConfig(manager: JetStreamManager, name: string) {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)
      return undefined;
    throw error;
  }
}
