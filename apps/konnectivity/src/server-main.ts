#!/usr/bin/env bun
import { runService } from '@hawser/config';
import { createLogger, type LogLevel } from '@hawser/observability';
import { shutdownSignal } from '@hawser/runtime';
import { createGrpcAgents } from './grpc/serve-grpc-agents.ts';
import { completeOptions, weakenedSettings } from './server/complete-options.ts';
import { FLAGS } from './server/options.ts';
import { runServer } from './server/server.ts';
import { acceptYamuxAgent } from './yamux/accept-yamux-agent.ts';

await runService('hawser-konnectivity-server', FLAGS, async (flags, warnings) => {
  const options = completeOptions(flags);
  const logger = createLogger({ component: 'konnectivity-server', level: flags.logLevel as LogLevel });
  for (const warning of warnings) logger.warn({ warning }, 'command line');
  for (const setting of weakenedSettings(options)) logger.warn({ setting }, 'weakened setting');
  // By ALPN, the best first.
  const agentProtocols = { 'hawser-yamux/1': acceptYamuxAgent, h2: createGrpcAgents() };
  await runServer(options, { agentProtocols, logger }, shutdownSignal());
  logger.info({}, 'stopped');
});
