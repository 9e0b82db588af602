import { systemClock as clock } from '@hawser/runtime';
import { ReloadMetrics } from '@hawser/tls-files';
import { Authenticator } from './api/authenticator.ts';
import { Authorizer } from './api/authorizer.ts';
import { createKubeletApi } from './api/kubelet-api.ts';
import { createStreamServer } from './api/serve-streams.ts';
import { ServingListener } from './api/serving-listener.ts';
import { statsSummary } from './api/stats-summary.ts';
import { openAudit } from './audit/open-audit.ts';
import type { KubeletBase } from './kubelet-base.ts';
import type { PodPart } from './pod-part.ts';

/** The HTTPS API; it opens with the first serving certificate. */
export function createListener(
  base: KubeletBase,
  { workers, statuses }: PodPart,
  stack: AsyncDisposableStack,
): ServingListener {
  const { options, logger, directories, runtime, client, metrics, signal } = base;
  const { nodeName, rootDir, address: host, port, clientCaFile } = options;
  const startedAt = clock.now();
  const { registry } = metrics;
  const auditing = { options, directory: directories.audit, registry, clock, logger };
  const audit = stack.use(openAudit(auditing, signal));
  const lifetimes = {
    allowedMs: options.authorizationWebhookCacheAuthorizedTtl,
    deniedMs: options.authorizationWebhookCacheUnauthorizedTtl,
  };
  const shared = {
    authenticator: new Authenticator(client, clock),
    authorizer: new Authorizer(client, nodeName, lifetimes, clock),
    workers,
    runtime,
    metrics,
    audit,
    clock,
    logger,
  };
  const onRequest = createKubeletApi({
    ...shared,
    statuses,
    configuration: options,
    summary: async () => statsSummary(nodeName, rootDir, startedAt, workers.pods, clock.now()),
  });
  const onUpgrade = createStreamServer(shared);
  const reloads = new ReloadMetrics(registry);
  return new ServingListener({ host, port, clientCaFile, onRequest, onUpgrade, reloads, clock, logger });
}
