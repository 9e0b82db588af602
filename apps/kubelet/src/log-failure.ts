import { ConnectionError } from '@hawser/client';
import type { Logger } from '@hawser/observability';

/**
 * Logs a failure that is going to be tried again: the first of a row as a warning, the rest for those who look
 * closer. That the server is away needs no stack.
 * @param tries how many have failed in a row, this one included.
 */
export function logFailure(
  logger: Logger,
  error: unknown,
  tries: number,
  message: string,
  values: object = {},
): void {
  const facts = error instanceof ConnectionError ? { why: error.message } : { error };
  logger[tries === 1 ? 'warn' : 'debug']({ ...values, ...facts }, message);
}
