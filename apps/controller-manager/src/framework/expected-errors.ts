import {
  ConnectionError,
  isAlreadyExists,
  isNamespaceTerminating,
  isNotFound,
  RequestTimeoutError,
  StatusError,
} from '@hawser/client';

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
