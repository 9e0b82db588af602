import type { Environment } from '@hawser/config';
import type { Clock } from '@hawser/runtime';

/** What commands take from outside, so that tests can give them something else. */
export interface CommandContext {
  readonly environment: Environment;
  readonly clock: Clock;
  /** Prints to standard output. */
  readonly print: (text: string) => void;
  /** Prints to standard error. */
  readonly printError: (text: string) => void;
  /** Aborts when the user has had enough. */
  readonly signal: AbortSignal;
}
