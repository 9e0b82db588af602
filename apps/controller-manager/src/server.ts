import {
  credentialsOf,
  EventRecorder,
  KubeClient,
  type KubeClientOptions,
  loadKubeconfig,
  resolveContext,
} from '@hawser/client';
import { createRegistry, type Logger } from '@hawser/observability';
import { type Clock, systemClock } from '@hawser/runtime';
import { controllerTable } from './controllers.ts';
import type { Controller, ControllerContext } from './framework/controller.ts';
import { enabledControllers } from './framework/enabled-controllers.ts';
import { InformerPool } from './framework/informer-pool.ts';
import { startHealthServer } from './health/health-server.ts';
import { ServiceAccountCredentials } from './identity/service-account-credentials.ts';
import type { ControllerManagerOptions } from './options.ts';
import { Scheduler } from './scheduler/scheduler.ts';

export interface ControllerManager extends AsyncDisposable {
  /** The port of the health endpoint. */
  readonly port: number;
  /** Runs every loop until the signal aborts and the work under way has ended. */
  run(signal: AbortSignal): Promise<void>;
}

const USER_AGENT = 'hawser-controller-manager';

/** Puts the controller manager together; nothing works before `run`. */
export async function startControllerManager(
  options: ControllerManagerOptions,
  { logger, clock = systemClock }: { logger: Logger; clock?: Clock },
): Promise<ControllerManager> {
  const disposables = new AsyncDisposableStack();
  const clientOptions: KubeClientOptions = { userAgent: USER_AGENT, clock, logger };
  const target = resolveContext(loadKubeconfig(options.kubeconfig));
  const baseCredentials = credentialsOf(target, {}, clock);
  const { server, 'tls-server-name': tlsServerName } = target.cluster;
  const base = disposables.use(
    new KubeClient({ server, tlsServerName, credentials: baseCredentials }, clientOptions),
  );
  const informers = new InformerPool({ client: base, clock, logger });
  const metrics = createRegistry();

  /** A client that acts as a service account in kube-system, unless all act as one. */
  const clientFor = (account: string): KubeClient => {
    if (!options.useServiceAccountCredentials) return base;
    const identity = { base, baseCredentials, namespace: 'kube-system', name: account, clock };
    const credentials = new ServiceAccountCredentials(identity);
    const userAgent = `${USER_AGENT}/${account}`;
    return disposables.use(
      new KubeClient({ server, tlsServerName, credentials }, { ...clientOptions, userAgent }),
    );
  };
  const contextFor = (account: string, component: string): ControllerContext => {
    const client = clientFor(account);
    const recorder = disposables.use(new EventRecorder({ client, component, clock, logger }));
    return { client, informers, recorder, clock, logger, metrics };
  };

  /** Acts by a kubeconfig of its own, as upstream's scheduler, which is another process. */
  const createScheduler = (): Scheduler | undefined => {
    if (options.schedulerKubeconfig === undefined) return undefined;
    const userAgent = 'hawser-scheduler';
    const client = disposables.use(
      KubeClient.fromKubeconfig(options.schedulerKubeconfig, { ...clientOptions, userAgent }),
    );
    const recorder = disposables.use(
      new EventRecorder({ client, component: 'default-scheduler', clock, logger }),
    );
    return new Scheduler({ client, recorder, clock, logger });
  };

  const table = controllerTable(options, { server, credentials: baseCredentials, clock, logger });
  const enabled = enabledControllers(
    options.controllers,
    table.map(({ name }) => name),
  );
  const controllers = table.flatMap(({ name, account, component, create }): Controller[] =>
    enabled.has(name) && create ? [create(contextFor(account, component))] : [],
  );
  const scheduler = createScheduler();
  if (scheduler) controllers.push(scheduler);
  const health = disposables.use(
    await startHealthServer({
      host: options.bindAddress,
      port: options.securePort,
      certFile: options.tlsCertFile,
      keyFile: options.tlsPrivateKeyFile,
      clientCaFile: options.clientCaFile,
      client: base,
      isReady: () => informers.hasSynced && (scheduler?.hasSynced ?? true),
      metrics,
      clock,
      logger,
    }),
  );
  logger.info(
    { server, port: health.address.port, controllers: controllers.map(({ name }) => name) },
    'listening',
  );
  return {
    port: health.address.port,
    run: async (signal) => {
      await Promise.all([informers.run(signal), ...controllers.map((controller) => controller.run(signal))]);
    },
    [Symbol.asyncDispose]: () => disposables.disposeAsync(),
  };
}
