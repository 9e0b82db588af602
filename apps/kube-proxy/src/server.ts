import type { Node } from '@hawser/api';
import { metricsRoute, type PlainAnswer, type PlainRoute, plainRoutes, startPlainServer } from '@hawser/http';
import { type Counter, createRegistry, type Logger, type Registry } from '@hawser/observability';
import { aborted, systemClock as clock } from '@hawser/runtime';
import { ProxyHealth } from './health/proxy-health.ts';
import { ProxyMetrics } from './health/proxy-metrics.ts';
import { ServiceHealth } from './health/service-health.ts';
import { openClient } from './hub/open-client.ts';
import { WatchedCluster } from './hub/watched-cluster.ts';
import { chooseMode, type ProxyMode } from './mode/choose-mode.ts';
import {
  createProxier,
  listedNodePortAddresses,
  probes,
  removeEverything,
  removeOtherModes,
} from './mode/proxiers.ts';
import type { KubeProxyOptions } from './options.ts';
import type { Proxier } from './proxier.ts';
import type { IpFamily } from './services/ip-family.ts';
import { ServiceFollower } from './sync/service-follower.ts';

/** The cluster's family: its ranges of Services and pods are of it. */
const FAMILY: IpFamily = 'IPv4';

/** Runs a kube-proxy until the signal aborts; then nothing is left of what it did, unless it is told otherwise. */
export async function runKubeProxy(
  options: KubeProxyOptions,
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  if (options.cleanup) return await removeEverything(FAMILY, logger);
  const mode = await chooseMode(options.proxyMode, probes(FAMILY), logger);
  const registry = createRegistry();
  const metrics = new ProxyMetrics(registry, FAMILY);
  const health = new ProxyHealth({ clock, timeoutMs: 2 * options.nftablesSyncPeriod });
  await using _servers = await serve(options, { mode, health, metrics, registry, logger });
  if (mode === 'none') {
    logger.warn({ mode }, 'virtual IPs are not served on this node: pods get the real address of the hub');
    return await aborted(signal);
  }
  logger.info({ mode, node: options.nodeName }, 'virtual IPs are served on this node');
  await removeOtherModes(mode, FAMILY, logger);
  await follow(options, mode, { health, metrics, logger, signal });
}

interface Surroundings {
  readonly health: ProxyHealth;
  readonly metrics: ProxyMetrics;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Serves what the hub says, from when there is a way to ask it. */
async function follow(options: KubeProxyOptions, mode: Proxier['mode'], around: Surroundings): Promise<void> {
  const { health, metrics, logger, signal } = around;
  let node: Node | undefined;
  const parts = { options, family: FAMILY, node: () => node, metrics, logger, clock };
  const proxier = createProxier(mode, parts);
  await using serviceHealth = new ServiceHealth({
    addresses: () => listedNodePortAddresses(parts),
    isProxyHealthy: () => health.isHealthy,
    logger,
  });
  try {
    await using client = await openClient(options.kubeconfig, { logger, clock }, signal);
    const follower = new ServiceFollower({
      cluster: new WatchedCluster(client, options.nodeName, logger),
      ...{ proxier, health, metrics, serviceHealth, logger, clock },
      minPeriodMs: options.nftablesMinSyncPeriod,
      periodMs: options.nftablesSyncPeriod,
      onNode: (seen) => {
        node = seen;
      },
    });
    await follower.run(signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (mode === 'nftables' && options.keepRulesOnExit) return;
  await proxier.cleanUp();
}

interface Served {
  readonly mode: ProxyMode;
  readonly health: ProxyHealth;
  readonly metrics: ProxyMetrics;
  readonly registry: Registry;
  readonly logger: Logger;
}

/** Health and metrics, each at its address, if it has one. */
async function serve(options: KubeProxyOptions, served: Served): Promise<AsyncDisposable> {
  const { mode, health, metrics, registry, logger } = served;
  const counted =
    (answer: () => PlainAnswer, counter: Counter<'code'>): PlainRoute =>
    () => {
      const given = answer();
      counter.inc({ code: `${given.code}` });
      return given;
    };
  const healthRoutes = new Map([
    ['/healthz', counted(() => health.healthz(), metrics.healthz)],
    ['/livez', counted(() => health.livez(), metrics.livez)],
  ]);
  const metricsRoutes = new Map<string, PlainRoute>([
    ['/metrics', metricsRoute(registry)],
    ['/healthz', healthRoutes.get('/healthz')!],
    ['/proxyMode', () => proxyMode(mode, health)],
  ]);
  await using stack = new AsyncDisposableStack();
  const listeners = [
    [options.healthzBindAddress, healthRoutes],
    [options.metricsBindAddress, metricsRoutes],
  ] as const;
  for (const [address, routes] of listeners)
    if (address !== undefined)
      stack.use(await startPlainServer(address.host, address.port, plainRoutes(routes, logger)));
  return stack.move();
}

/**
 * Unlike upstream's it does not say how virtual IPs work before they do: a packet that is sent before leaves the node
 * as it is, and is remembered so.
 */
function proxyMode(mode: ProxyMode, health: ProxyHealth): PlainAnswer {
  if (mode === 'none' || health.hasUpdated) return { code: 200, text: mode };
  return { code: 503, text: 'virtual IPs are not served yet\n' };
}
