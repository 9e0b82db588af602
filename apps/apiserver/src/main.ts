import { runService } from '@hawser/config';
import { createLogger, type LogLevel } from '@hawser/observability';
import { aborted, shutdownSignal } from '@hawser/runtime';
import { flags } from './options.ts';
import { startApiServer } from './server.ts';

await runService('hawser-apiserver', flags, async (options, warnings) => {
  const logger = createLogger({ component: 'apiserver', level: options.logLevel as LogLevel });
  for (const warning of warnings) logger.warn({}, warning);
  const signal = shutdownSignal();
  await using server = await startApiServer(options, logger);
  logger.info({ address: server.address }, 'serving');
  await aborted(signal);
  logger.info({}, 'shutting down');
});
