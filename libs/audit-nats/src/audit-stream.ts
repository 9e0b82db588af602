import {
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream';

export const AUDIT_STREAM = 'AUDIT';
export const AUDIT_SUBJECTS = 'audit.>';

const NANOSECONDS_PER_MS = 1_000_000;
/** How long the server recognizes a message id that it has had; far longer than the outbox keeps a row. */
const DUPLICATE_WINDOW_NS = 3_600_000 * NANOSECONDS_PER_MS;
/** Thirty days; an operator's other choice is left alone. */
const MAX_AGE_NS = 30 * 86_400_000 * NANOSECONDS_PER_MS;

/**
 * Makes the audit stream, or widens one that exists where it lacks our subjects or our duplicate window; what an
 * operator has set otherwise (age, size, replicas) stays. Rejects with the server's `JetStreamError`.
 */
export async function ensureAuditStream(manager: JetStreamManager): Promise<void> {
  const config = await readConfig(manager);
  if (!config) {
    await manager.streams.add({
      name: AUDIT_STREAM,
      description: 'audit.k8s.io/v1 events of all Hawser services',
      subjects: [AUDIT_SUBJECTS],
      storage: StorageType.File,
      retention: RetentionPolicy.Limits,
      duplicate_window: DUPLICATE_WINDOW_NS,
      max_age: MAX_AGE_NS,
      // An audit trail is not edited: only age takes events out.
      deny_delete: true,
      deny_purge: true,
    });
    return;
  }
  if (config.subjects.includes(AUDIT_SUBJECTS) && config.duplicate_window >= DUPLICATE_WINDOW_NS) return;
  await manager.streams.update(AUDIT_STREAM, {
    ...config,
    subjects: [...new Set([...config.subjects, AUDIT_SUBJECTS])],
    duplicate_window: Math.max(config.duplicate_window, DUPLICATE_WINDOW_NS),
  });
}

async function readConfig(manager: JetStreamManager) {
  try {
    return (await manager.streams.info(AUDIT_STREAM)).config;
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound)
      return undefined;
    throw error;
  }
}
