import { isAlreadyExists, isNamespaceTerminating, isNotFound } from '@hawser/client';

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
