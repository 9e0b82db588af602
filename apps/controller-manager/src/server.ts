import {
  type CredentialSource,
  EventRecorder,
  KubeClient,
  type KubeClientOptions,
  kubeconfigCredentials,
  loadKubeconfig,
  resolveContext,
} from '@hawser/client';
import { createRegistry, type Logger, type Registry } from '@hawser/observability';
import { type Clock, systemClock } from '@hawser/runtime';
import { ReloadMetrics } from '@hawser/tls-files';
import type { EventLedger } from './certificate-events/event-ledger.ts';
import { openEvents } from './certificate-events/open-events.ts';
import { controllerTable } from './controllers.ts';
import type { Controller, ControllerContext } from './framework/controller.ts';
import { enabledControllers } from './framework/enabled-controllers.ts';
import { InformerPool } from './framework/informer-pool.ts';
import { LoopMetrics } from './framework/loop-metrics.ts';
import { startHealthServer } from './health/health-server.ts';
import { ServiceAccountClients } from './identity/service-account-clients.ts';
import type { ControllerManagerOptions } from './options.ts';
import { Scheduler } from './scheduler/scheduler.ts';

export interface ControllerManager extends AsyncDisposable {
  /** The port of the health endpoint. */
  readonly port: number;
  /** Runs every loop until the signal aborts and the work under way has ended. */
  run(signal: AbortSignal): Promise<void>;
}

const USER_AGENT = 'hawser-controller-manager';

/** What everything here is made with. */
interface Parts {
  readonly options: ControllerManagerOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: LoopMetrics;
  readonly reloads: ReloadMetrics;
  /** Closed in reverse order when the process ends. */
  readonly disposables: AsyncDisposableStack;
}

/** Puts the controller manager together and serves its health; no loop works before `run`. */
export async function startControllerManager(
  options: ControllerManagerOptions,
  { logger, clock = systemClock }: { logger: Logger; clock?: Clock },
): Promise<ControllerManager> {
  await using disposables = new AsyncDisposableStack();
  const registry = createRegistry();
  const [metrics, reloads] = [new LoopMetrics(registry), new ReloadMetrics(registry)];
  const parts: Parts = { options, clock, logger, disposables, metrics, reloads };
  const ledger = openLedger(parts, registry);
  const base = createBase(parts);
  const informers = new InformerPool({ client: base.client, clock, logger });
  const scheduler = createScheduler(parts);
  const controllers = [
    ...createControllers(parts, base, informers, ledger),
    ...(scheduler ? [scheduler] : []),
  ];
  const isReady = () => informers.hasSynced && (scheduler?.hasSynced ?? true);
  const health = disposables.use(
    await startHealthServer({
      host: options.bindAddress,
      port: options.securePort,
      certFile: options.tlsCertFile,
      keyFile: options.tlsPrivateKeyFile,
      clientCaFile: options.clientCaFile,
      client: base.client,
      isReady,
      metrics: registry,
      reloads: parts.reloads,
      clock,
      logger,
    }),
  );
  const { port } = health.address;
  const names = controllers.map(({ name }) => name);
  logger.info({ server: base.client.server, port, controllers: names }, 'serving');
  const owned = disposables.move();
  return {
    port,
    run: async (signal) => {
      await Promise.all([informers.run(signal), ...controllers.map((controller) => controller.run(signal))]);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The controller manager's own identity: it fills the caches and asks for the loops' tokens. */
interface Base {
  readonly client: KubeClient;
  readonly credentials: CredentialSource;
  readonly tlsServerName: string | undefined;
}

function createBase({ options, clock, logger, reloads, disposables }: Parts): Base {
  const target = resolveContext(loadKubeconfig(options.kubeconfig));
  const credentials = kubeconfigCredentials(options.kubeconfig, { clock, logger, reloads });
  const { server, 'tls-server-name': tlsServerName } = target.cluster;
  const clientOptions: KubeClientOptions = { userAgent: USER_AGENT, clock, logger };
  const client = disposables.use(new KubeClient({ server, tlsServerName, credentials }, clientOptions));
  return { client, credentials, tlsServerName };
}

/** Where events are recorded, if anywhere: closed after everything that may tell of something. */
function openLedger(
  { options, clock, logger, disposables }: Parts,
  registry: Registry,
): EventLedger | undefined {
  const { dataDir: directory, nats } = options;
  if (directory === undefined) return undefined;
  return disposables.use(openEvents({ directory, nats, registry, clock, logger })).ledger;
}

/** The loops that --controllers asks for and that have what they need, each as its own service account. */
function createControllers(
  parts: Parts,
  base: Base,
  informers: InformerPool,
  ledger: EventLedger | undefined,
): Controller[] {
  const { options, clock, logger, metrics, reloads, disposables } = parts;
  const { server } = base.client;
  const surroundings = { server, credentials: base.credentials, reloads, clock, logger, ledger };
  const table = controllerTable(options, surroundings);
  const known = table.map(({ name }) => name);
  const enabled = enabledControllers(options.controllers, known);
  const accounts = disposables.use(
    new ServiceAccountClients({ ...base, userAgent: USER_AGENT, clock, logger }),
  );
  const contextFor = (account: string | undefined, component: string): ControllerContext => {
    const isOwn = options.useServiceAccountCredentials && account !== undefined;
    const client = isOwn ? accounts.get(account) : base.client;
    const recorder = disposables.use(new EventRecorder({ client, component, clock, logger }));
    return { client, informers, recorder, clock, logger, metrics };
  };
  return table.flatMap(({ name, account, component, create }) =>
    enabled.has(name) && create ? [create(contextFor(account, component))] : [],
  );
}

/** The scheduler acts by a kubeconfig of its own: upstream it is another process. */
function createScheduler({
  options,
  clock,
  logger,
  metrics,
  reloads,
  disposables,
}: Parts): Scheduler | undefined {
  const { schedulerKubeconfig } = options;
  if (schedulerKubeconfig === undefined) return undefined;
  const clientOptions = { userAgent: 'hawser-scheduler', clock, logger, reloads };
  const client = disposables.use(KubeClient.fromKubeconfig(schedulerKubeconfig, clientOptions));
  const component = 'default-scheduler';
  const recorder = disposables.use(new EventRecorder({ client, component, clock, logger }));
  return new Scheduler({ client, recorder, clock, logger, metrics });
}
