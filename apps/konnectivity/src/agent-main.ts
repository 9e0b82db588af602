#!/usr/bin/env bun
import { runService } from '@hawser/config';
import { createLogger, type LogLevel } from '@hawser/observability';
import { shutdownSignal } from '@hawser/runtime';
import { runAgent } from './agent/agent.ts';
import { completeOptions, FLAGS, weakenedSettings } from './agent/agent-options.ts';
import { connectGrpcServer } from './grpc/connect-grpc-server.ts';
import { connectYamuxServer } from './yamux/connect-yamux-server.ts';

await runService('hawser-konnectivity-agent', FLAGS, async (flags, warnings) => {
  const options = completeOptions(flags);
  const level = options.logLevel as LogLevel;
  const logger = createLogger({ component: 'konnectivity-agent', level }).child({ agentID: options.agentId });
  for (const warning of warnings) logger.warn({ warning }, 'command line');
  for (const setting of weakenedSettings(options)) logger.warn({ setting }, 'weakened setting');
  const connectors = { yamux: connectYamuxServer, grpc: connectGrpcServer };
  await runAgent(options, { connectors, logger }, shutdownSignal());
  logger.info({}, 'stopped');
});
