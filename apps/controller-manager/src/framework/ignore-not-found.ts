import { isNotFound } from '@hawser/client';

/** For `.catch` after a delete: what has gone already is gone. @throws every other error. */
export function ignoreNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}
