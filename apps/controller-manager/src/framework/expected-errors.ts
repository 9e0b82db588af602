import {
  ConnectionError,
  isAlreadyExists,
  isConflict,
  isNamespaceTerminating,
  isNotFound,
  RequestTimeoutError,
  StatusError,
} from '@hawser/client';
import type { Logger } from '@hawser/observability';

/** For `.catch` after a delete or patch: what has gone already is gone. @throws every other error. */
export function ignoreNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}

/** For `.catch` after a create: it exists by now, or its namespace is going away. @throws every other error. */
export function ignoreNotNeeded(error: unknown): undefined {
  if (!isAlreadyExists(error) && !isNamespaceTerminating(error)) throw error;
  return undefined;
}

/** What a log line says of an error: its words where the server is away or refuses, its stack where the fault is here. */
export function describeError(error: unknown): { readonly why: string } | { readonly error: unknown } {
  const isTheirs =
    error instanceof ConnectionError || error instanceof StatusError || error instanceof RequestTimeoutError;
  return isTheirs ? { why: error.message } : { error };
}

/** What a loop wrote does not show in its cache yet: it must not act on what it sees. */
export class StaleCacheError extends Error {
  override readonly name = 'StaleCacheError';

  constructor() {
    super('the cache does not show yet what was written');
  }
}

/**
 * Logs that something failed and will be tried again: as a warning only where somebody should look. Another writer
 * was faster, the object has gone, the cache is late: these are part of the game. While the server is away the
 * informers say so once, and each object need not say it again.
 */
export function logRetry(logger: Logger, error: unknown, values: object, message: string): void {
  const isExpected =
    isConflict(error) ||
    isNotFound(error) ||
    error instanceof StaleCacheError ||
    error instanceof ConnectionError;
  if (isExpected) logger.debug({ ...values, ...describeError(error) }, message);
  else logger.warn({ ...values, ...describeError(error) }, message);
}
