import { startPlainServer } from '@hawser/http';
import { createRegistry, type Logger } from '@hawser/observability';
import { type Clock, sleep, systemClock } from '@hawser/runtime';
import { ReloadMetrics } from '@hawser/tls-files';
import type { AgentProtocol } from '../link/agent-connection.ts';
import type { ConnectServer } from '../link/server-connection.ts';
import { adminRoutes } from '../plain-http/admin-routes.ts';
import { healthRoutes } from '../plain-http/health-routes.ts';
import { AgentMetrics } from './agent-metrics.ts';
import type { AgentOptions } from './agent-options.ts';
import { LeaseCounter } from './lease-counter.ts';
import { LinkIdentityReader } from './link-identity.ts';
import { LinkKeeper } from './link-keeper.ts';
import { createOpenLink, type OpenLink, type ProtocolChoice } from './open-link.ts';
import { countServers } from './server-count.ts';
import { ServerEndpoints } from './server-endpoints.ts';
import { ServerLinks } from './server-links.ts';
import { TargetDialer } from './target-dialer.ts';
import { TargetPolicy } from './target-policy.ts';

export interface AgentSurroundings {
  readonly connectors: Readonly<Record<AgentProtocol, ConnectServer>>;
  readonly logger: Logger;
  readonly clock?: Clock;
}

/** How often a draining agent looks whether it is done. */
const DRAIN_POLL_MS = 50;

/** Runs an agent until the signal aborts, and then until its tunnels have ended or may not go on. */
export async function runAgent(
  options: AgentOptions,
  { connectors, logger, clock = systemClock }: AgentSurroundings,
  signal: AbortSignal,
): Promise<void> {
  await using servers = new AsyncDisposableStack();
  const metrics = new AgentMetrics(createRegistry());
  const links: ServerLinks = new ServerLinks({
    clock,
    logger,
    onLost: (link, lastedMs) => {
      metrics.serverFailed('from_server');
      keeper.lost(link, lastedMs);
    },
  });
  const leases = createLeaseCounter(options, metrics, () => keeper.wake(), clock, logger);
  const wanted = () =>
    countServers({
      responses: () => links.lastServerCount,
      leases: leases?.count,
      combine: options.serverCountSource as 'default' | 'max',
    });
  const { proxyServerHost, agentCert, agentKey, caCert, serviceAccountTokenPath } = options;
  const endpoints = new ServerEndpoints(proxyServerHost);
  const files = {
    caFile: caCert,
    certFile: agentCert,
    keyFile: agentKey,
    tokenFile: serviceAccountTokenPath,
  };
  const reloads = new ReloadMetrics(metrics.registry);
  const identity = new LinkIdentityReader(files, { clock, logger, metrics: reloads });
  const keeper = new LinkKeeper({
    links,
    endpoints: () => endpoints.list(),
    identity: () => identity.read(),
    open: countingFailures(createLinks(options, connectors, metrics), metrics),
    wanted,
    syncForever: options.syncForever,
    syncIntervalMs: options.syncInterval,
    syncIntervalCapMs: options.syncIntervalCap,
    probeIntervalMs: options.probeInterval,
    clock,
    logger,
  });
  metrics.follow({ serverConnections: () => links.size, knownServers: wanted });
  await startServers(options, metrics, links, logger, servers);
  logger.info({ identifiers: options.agentIdentifiers }, 'agent started');
  await Promise.all([keeper.run(signal), leases?.run(signal)]);
  await drain(links, options.drainTimeout, clock, logger);
}

function createLinks(
  options: AgentOptions,
  connectors: AgentSurroundings['connectors'],
  metrics: AgentMetrics,
): OpenLink {
  const { agentIdentifiers: identifiers, allowLoopbackTargets: allowLoopback } = options;
  const targets = new TargetDialer({ policy: new TargetPolicy({ identifiers, allowLoopback }), metrics });
  return createOpenLink({
    port: options.proxyServerPort,
    choice: options.protocol as ProtocolChoice,
    moreAlpn: options.alpnProto,
    agentID: options.agentId,
    identifiers,
    dialTarget: (target, signal) => targets.dial(target, signal),
    keepAliveMs: options.keepaliveTime,
    connectors,
  });
}

function countingFailures(open: OpenLink, metrics: AgentMetrics): OpenLink {
  return async (endpoint, identity, signal) => {
    try {
      return await open(endpoint, identity, signal);
    } catch (error) {
      if (!signal.aborted) metrics.serverFailed('to_server');
      throw error;
    }
  };
}

function createLeaseCounter(
  options: AgentOptions,
  metrics: AgentMetrics,
  onChange: () => void,
  clock: Clock,
  logger: Logger,
): LeaseCounter | undefined {
  const {
    countServerLeases,
    kubeconfig,
    leaseNamespace: namespace,
    leaseLabelSelector: labelSelector,
  } = options;
  if (!countServerLeases || kubeconfig === undefined) return undefined;
  return new LeaseCounter({ kubeconfig, namespace, labelSelector, metrics, onChange, clock, logger });
}

async function startServers(
  options: AgentOptions,
  metrics: AgentMetrics,
  links: ServerLinks,
  logger: Logger,
  stack: AsyncDisposableStack,
): Promise<void> {
  const { healthServerHost, healthServerPort, adminBindAddress, adminServerPort } = options;
  const connected = {
    name: 'server-connected',
    problem: () => (links.size > 0 ? undefined : 'no servers connected'),
  };
  const routes = healthRoutes({ checks: [connected], metrics: metrics.registry, logger });
  stack.use(await startPlainServer(healthServerHost, healthServerPort, routes));
  stack.use(await startPlainServer(adminBindAddress, adminServerPort, adminRoutes(healthServerPort, logger)));
}

/** Servers are told to ask for no more; what runs goes on until it ends, or for so long. */
async function drain(links: ServerLinks, timeoutMs: number, clock: Clock, logger: Logger): Promise<void> {
  logger.info({ tunnels: links.tunnels }, 'draining');
  links.retireAll();
  const deadlineMs = clock.now().getTime() + timeoutMs;
  while (links.isRetiring && clock.now().getTime() < deadlineMs) await sleep(DRAIN_POLL_MS, undefined, clock);
  if (links.tunnels > 0) logger.warn({ tunnels: links.tunnels }, 'tunnels did not end in time and are cut');
  links.closeAll();
}
