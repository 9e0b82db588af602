#!/usr/bin/env bun
import { runService } from '@hawser/config';
import { createLogger, type LogLevel } from '@hawser/observability';
import { shutdownSignal } from '@hawser/runtime';
import { completeOptions, FLAGS } from './options.ts';
import { runKubelet } from './server.ts';

await runService('hawser-kubelet', FLAGS, async (flags, warnings) => {
  const options = completeOptions(flags);
  const logger = createLogger({ component: 'kubelet', level: flags.logLevel as LogLevel }).child({
    node: options.nodeName,
  });
  for (const warning of warnings) logger.warn({ warning }, 'deprecated flag');
  const signal = shutdownSignal();
  const requests = new EventTarget();
  // Not SIGHUP: a kubelet in a terminal is to end with it.
  process.on('SIGUSR2', () => requests.dispatchEvent(new Event('renewCertificates')));
  await runKubelet(options, logger, signal, requests).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  logger.info({}, 'stopped');
});
