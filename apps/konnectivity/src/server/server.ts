import { KubeClient, kubeconfigCredentials } from '@hawser/client';
import { ServingFiles, startPlainServer } from '@hawser/http';
import type { Logger } from '@hawser/observability';
import { isIssuedBy, parseCertificateBundle } from '@hawser/pki';
import { aborted, type Clock, sleep, systemClock } from '@hawser/runtime';
import { ReloadMetrics } from '@hawser/tls-files';
import { createGrpcFrontEnd } from '../grpc/grpc-front-end.ts';
import { listenForAgents } from './agent-port.ts';
import { AgentTunnels } from './agent-tunnels.ts';
import { AgentAuthenticator } from './authentication/agent-authenticator.ts';
import type { AgentIdentity } from './authentication/agent-identity.ts';
import { CredentialWatch } from './authentication/credential-watch.ts';
import { TokenReviewer } from './authentication/token-reviewer.ts';
import { AgentDirectory } from './backends/agent-directory.ts';
import { ClusterAddressWatch } from './cluster-address-watch.ts';
import type { ServerOptions } from './complete-options.ts';
import { openEvents } from './events/open-events.ts';
import { listenForClients, listenForLocalClients } from './front-end/front-end-port.ts';
import { createHttpConnect } from './front-end/serve-http-connect.ts';
import { adminRoutes, healthRoutes } from './health/health-routes.ts';
import { LeaseController } from './leases/lease-controller.ts';
import { LeaseMetrics } from './leases/lease-metrics.ts';
import type { Port } from './listeners/port.ts';
import type { AgentProtocols, FrontEndProtocols } from './protocols.ts';
import { Reception } from './reception.ts';
import { LoggedServerEvents, type ServerEvents } from './server-events.ts';
import { ServerMetrics } from './server-metrics.ts';

const USER_AGENT = 'hawser-konnectivity-server/0.1.0';

/** What a server is made with. */
export interface ServerSurroundings {
  readonly agentProtocols: AgentProtocols;
  readonly events?: ServerEvents;
  readonly clock?: Clock;
  readonly logger: Logger;
}

/** What every part is made from. */
interface Base {
  readonly options: ServerOptions;
  readonly surroundings: ServerSurroundings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: ServerEvents;
  readonly metrics: ServerMetrics;
  readonly reloads: ReloadMetrics;
  readonly directory: AgentDirectory;
  readonly client: KubeClient | undefined;
  /** Ends what runs besides. */
  readonly loops: AbortController;
  readonly stack: AsyncDisposableStack;
}

/**
 * Runs a Konnectivity server until the signal aborts and what runs then has ended, or the time for that is over.
 * @throws when it cannot listen, or its files cannot be used.
 */
export async function runServer(
  options: ServerOptions,
  surroundings: ServerSurroundings,
  signal: AbortSignal,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const base = createBase(options, surroundings, stack);
  const { clock, logger, metrics, directory, loops } = base;
  const leases = createLeases(base);
  const reception = createReception(base, leases);
  const { serverId: serverID, proxyStrategies: strategies, backendDialTimeout: dialTimeoutMs } = options;
  const tunnels = new AgentTunnels({ ...base, serverID, strategies, dialTimeoutMs });
  metrics.watch(
    {
      readyBackends: (strategy) => directory.count(strategy),
      agents: (protocol) => directory.countProtocol(protocol),
    },
    strategies,
  );
  await startHealth(base, signal);
  const agentPort = await openAgentPort(base, reception);
  const frontEnd = await openFrontEnd(base, tunnels);
  const running = Promise.all([followCluster(base, reception), leases?.run(loops.signal)]);
  const { port: agents } = agentPort;
  logger.info({ serverID, agents, frontEnd: options.udsName ?? frontEnd.port }, 'serving');
  await aborted(signal);

  logger.info({}, 'draining');
  reception.drain();
  const grace = sleep(options.gracefulShutdownTimeout, loops.signal, clock).catch(() => {});
  await Promise.race([tunnels.drain(), grace]);
  loops.abort();
  reception.closeAll();
  await running;
}

function createBase(
  options: ServerOptions,
  surroundings: ServerSurroundings,
  stack: AsyncDisposableStack,
): Base {
  const { clock = systemClock, logger } = surroundings;
  const loops = new AbortController();
  stack.defer(() => loops.abort());
  const client =
    options.kubeconfig === undefined
      ? undefined
      : stack.use(KubeClient.fromKubeconfig(options.kubeconfig, { userAgent: USER_AGENT, clock, logger }));
  const metrics = new ServerMetrics();
  const events = surroundings.events ?? createEvents({ options, clock, logger, metrics, stack });
  const directory = new AgentDirectory();
  const reloads = new ReloadMetrics(metrics.registry);
  return { options, surroundings, clock, logger, events, metrics, reloads, directory, client, loops, stack };
}

/** They take in what happens until all else has ended. */
function createEvents({
  options,
  clock,
  logger,
  metrics: { registry },
  stack,
}: Pick<Base, 'options' | 'clock' | 'logger' | 'metrics' | 'stack'>): ServerEvents {
  const { serverId: serverID, dataDir: directory, nats } = options;
  if (directory === undefined) return new LoggedServerEvents(logger);
  return stack.use(openEvents({ serverID, directory, nats, registry, clock, logger }));
}

function createLeases(base: Base): LeaseController | undefined {
  const { options, client } = base;
  if (client === undefined || !options.enableLeaseController) return undefined;
  const { serverId: serverID, leaseNamespace: namespace, leaseLabels: labels } = options;
  const metrics = new LeaseMetrics(base.metrics.registry);
  return new LeaseController({ ...base, client, serverID, namespace, labels, metrics });
}

function createReception(base: Base, leases: LeaseController | undefined): Reception {
  const { options, clock, client } = base;
  const { agentGrants: grants, agentNamespace, agentServiceAccount, serverCount } = options;
  const audience = options.authenticationAudience;
  const tokens =
    client !== undefined && agentNamespace !== undefined && agentServiceAccount !== undefined
      ? { tokens: new TokenReviewer({ client, audience, agentNamespace, agentServiceAccount }) }
      : {};
  return new Reception({
    ...base,
    serverID: options.serverId,
    serverCount: () => serverCount ?? leases?.count ?? 1,
    authenticator: new AgentAuthenticator({ grants, clock, ...tokens }),
    credentials: new CredentialWatch({ clock, ...tokens }),
    grants,
    rules: { serveNodePodCidrs: options.serveNodePodCidrs },
  });
}

async function startHealth(base: Base, draining: AbortSignal): Promise<void> {
  const { options, metrics, directory, logger, stack } = base;
  const { adminBindAddress, adminPort, healthBindAddress, healthPort } = options;
  const { registry } = metrics;
  const sources = { isDraining: () => draining.aborted, agents: () => directory.size, registry, logger };
  stack.use(await startPlainServer(healthBindAddress, healthPort, healthRoutes(sources)));
  stack.use(await startPlainServer(adminBindAddress, adminPort, adminRoutes(sources)));
}

async function openAgentPort(base: Base, reception: Reception): Promise<Port> {
  const { options, surroundings, loops, stack } = base;
  const { clusterCert: certFile, clusterKey: keyFile, clusterCaCert } = options;
  const clientCa = clusterCaCert === undefined ? {} : { clientCaFile: clusterCaCert };
  const files = new ServingFiles(
    { certFile, keyFile, ...clientCa },
    { ...base, metrics: base.reloads },
    'agents',
  );
  const port = stack.use(
    await listenForAgents({
      ...base,
      ...{ host: options.agentBindAddress, port: options.agentPort, tls: options.tls },
      material: files.material,
      protocols: surroundings.agentProtocols,
      reception,
      keepAliveMs: options.keepaliveTime,
      onStalled: () => base.metrics.stalledTunnels.inc(),
    }),
  );
  void files.follow((material) => {
    port.replaceMaterial(material);
    if (material.clientCa !== undefined) recheckCertificates(reception, String(material.clientCa));
  }, loops.signal);
  return port;
}

/** A CA that is taken away takes its agents along; those of an intermediate come back at once. */
function recheckCertificates(reception: Reception, bundle: string): void {
  const authorities = parseCertificateBundle(bundle);
  const holds = ({ credential }: AgentIdentity) =>
    credential.kind === 'token' ||
    authorities.some((authority) => isIssuedBy(credential.certificate, authority));
  reception.recheck(holds);
}

async function openFrontEnd(base: Base, opener: AgentTunnels): Promise<Port> {
  const { options, metrics, loops, stack } = base;
  const {
    udsName: path,
    deleteExistingUdsFile: deleteExisting,
    serverCert,
    serverKey,
    serverCaCert,
  } = options;
  const onConnections = (by: 1 | -1) => metrics.httpConnections.inc(by);
  const onCalls = (by: 1 | -1) => metrics.proxyCalls.add(by);
  const protocols: FrontEndProtocols = {
    grpc: options.modes.has('grpc') ? createGrpcFrontEnd({ ...base, onConnections: onCalls }) : undefined,
    'http-connect': options.modes.has('http-connect')
      ? createHttpConnect({ ...base, onConnections })
      : undefined,
  };
  const serve = protocols.grpc ?? protocols['http-connect'];
  if (serve === undefined) throw new Error(`--mode ${options.mode} is not served`);
  if (path !== undefined)
    return stack.use(await listenForLocalClients({ path, deleteExisting, serve, opener }));
  const paths = { certFile: serverCert!, keyFile: serverKey!, clientCaFile: serverCaCert! };
  const files = new ServingFiles(paths, { ...base, metrics: base.reloads }, 'front-end');
  const port = stack.use(
    await listenForClients({
      ...base,
      ...{ host: options.serverBindAddress, port: options.serverPort, tls: options.tls },
      material: files.material,
      keepAliveMs: options.frontendKeepaliveTime,
      grpc: protocols.grpc,
      httpConnect: protocols['http-connect'],
      opener,
    }),
  );
  void files.follow((material) => port.replaceMaterial(material), loops.signal);
  return port;
}

/** What is asked of the API server for as long as the server runs. */
async function followCluster(base: Base, reception: Reception): Promise<void> {
  const { options, client, loops } = base;
  const { kubeconfig, hubAddresses, serviceRanges } = options;
  if (client === undefined || kubeconfig === undefined) return;
  const addresses = new ClusterAddressWatch({
    ...base,
    client,
    credentials: kubeconfigCredentials(kubeconfig, base),
    hubAddresses,
    serviceRanges,
    onChange: (cluster) => reception.useCluster(cluster),
  });
  await addresses.run(loops.signal);
}
