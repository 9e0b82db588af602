#!/usr/bin/env bun
import { runService } from '@hawser/config';
import { createLogger, type LogLevel } from '@hawser/observability';
import { shutdownSignal } from '@hawser/runtime';
import { completeOptions, weakenedSettings } from './complete-options.ts';
import { FLAGS } from './options.ts';
import { startControllerManager } from './server.ts';

await runService('hawser-controller-manager', FLAGS, async (flags, warnings) => {
  const options = completeOptions(flags);
  const logger = createLogger({ component: 'controller-manager', level: options.logLevel as LogLevel });
  for (const warning of warnings) logger.warn({ warning }, 'deprecated flag');
  for (const setting of weakenedSettings(options)) logger.warn({ setting }, 'weakened setting');
  // Its state is the hub's, but for events on their way: what it has not finished, the next one takes up.
  const signal = shutdownSignal({ deadlineMs: 10_000 });
  await using manager = await startControllerManager(options, { logger });
  await manager.run(signal);
  logger.info({}, 'stopped');
});
