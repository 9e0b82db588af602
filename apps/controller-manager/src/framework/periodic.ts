import type { Logger } from '@hawser/observability';
import { type Clock, sleep } from '@hawser/runtime';
import type { Controller } from './controller.ts';
import { describeError } from './expected-errors.ts';

/** A loop that does the same thing again and again; a failing round is logged, and the next comes as usual. */
export function periodic(options: {
  readonly name: string;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly round: (signal: AbortSignal) => Promise<void>;
}): Controller {
  const { name, intervalMs, clock, logger, round } = options;
  return {
    name,
    async run(signal) {
      while (!signal.aborted) {
        try {
          await round(signal);
        } catch (error) {
          if (!signal.aborted) logger.warn({ controller: name, ...describeError(error) }, 'round failed');
        }
        await sleep(intervalMs, signal, clock).catch(() => {});
      }
    },
  };
}
