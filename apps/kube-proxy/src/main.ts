#!/usr/bin/env bun
import { runService } from '@hawser/config';
import { createLogger, type LogLevel } from '@hawser/observability';
import { shutdownSignal } from '@hawser/runtime';
import { completeOptions, flags } from './options.ts';
import { runKubeProxy } from './server.ts';

await runService('hawser-kube-proxy', flags, async (options, warnings) => {
  const complete = completeOptions(options);
  const logger = createLogger({ component: 'kube-proxy', level: options.logLevel as LogLevel });
  for (const warning of warnings) logger.warn({ warning }, 'command line');
  await runKubeProxy(complete, logger, shutdownSignal());
  logger.info({}, 'stopped');
});
