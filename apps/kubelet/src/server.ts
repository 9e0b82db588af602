import type { Pod } from '@hawser/api';
import { nodes, pods, services } from '@hawser/api';
import { EventRecorder, Informer, KubeClient } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { aborted, systemClock as clock, unlessAborted } from '@hawser/runtime';
import { ReloadMetrics } from '@hawser/tls-files';
import { Authenticator } from './api/authenticator.ts';
import { Authorizer } from './api/authorizer.ts';
import { startHealthServer } from './api/health-server.ts';
import { createKubeletApi } from './api/kubelet-api.ts';
import { KubeletMetrics } from './api/kubelet-metrics.ts';
import { createStreamServer } from './api/serve-streams.ts';
import { ServingListener } from './api/serving-listener.ts';
import { statsSummary } from './api/stats-summary.ts';
import { openAudit } from './audit/open-audit.ts';
import {
  bootstrapClient,
  bootstrapClientCertificate,
  clientCertificateTemplate,
} from './certificates/bootstrap-client-certificate.ts';
import { CertificateManager } from './certificates/certificate-manager.ts';
import { certificateMetrics } from './certificates/certificate-metrics.ts';
import { CertificateStore } from './certificates/certificate-store.ts';
import { servingCertificateTemplate } from './certificates/serving-certificate-template.ts';
import { WatchedConfigObjects } from './config-objects/watched-config-objects.ts';
import { findBubblewrap } from './container-runtime/process/find-bubblewrap.ts';
import { privateDirectories } from './container-runtime/process/private-directories.ts';
import { ProcessRuntime } from './container-runtime/process/process-runtime.ts';
import { ContainerStarter } from './containers/container-starter.ts';
import { HubAddressSource } from './environment/hub-address.ts';
import { hubName } from './environment/hub-name.ts';
import { serviceLinks } from './environment/service-links.ts';
import { serviceVariables } from './environment/service-variables.ts';
import { LogRotator } from './logs/log-rotator.ts';
import { createKubenet } from './network/create-kubenet.ts';
import { keepNetwork } from './network/keep-network.ts';
import type { Kubenet } from './network/kubenet.ts';
import { NodeLease } from './node/node-lease.ts';
import { NodeReporter } from './node/node-reporter.ts';
import { allocatableOf, readNodeResources } from './node/node-resources.ts';
import type { KubeletOptions } from './options.ts';
import { admitPod } from './pods/admit-pod.ts';
import { PodWorkers } from './pods/pod-workers.ts';
import { StatusManager } from './pods/status-manager.ts';
import { stopAllContainers } from './pods/stop-all-containers.ts';
import { ProbeManager } from './probes/probe-manager.ts';
import { makeStateDirectories, type StateDirectories } from './state-directories.ts';
import { RequestedClaimedVolumes } from './volumes/claimed-volumes.ts';
import { RequestedServiceAccountTokens } from './volumes/service-account-tokens.ts';
import { VolumeManager } from './volumes/volume-manager.ts';

const USER_AGENT = 'hawser-kubelet/0.1.0';

/** What every part of a kubelet is made from. */
interface Base {
  readonly options: KubeletOptions;
  readonly logger: Logger;
  readonly directories: StateDirectories;
  readonly runtime: ProcessRuntime;
  readonly clientStore: CertificateStore;
  readonly servingStore: CertificateStore;
  readonly kubenet: Kubenet | undefined;
  readonly client: KubeClient;
  readonly nodeInformer: Informer<typeof nodes>;
  readonly metrics: KubeletMetrics;
  readonly requests: EventTarget;
  readonly signal: AbortSignal;
}

/**
 * Runs a kubelet until the signal aborts; an event `renewCertificates` has it ask for others at once. The runtime comes first and takes over the containers that run; then,
 * with an identity, for which it waits as long as that takes, all that talks to the API server.
 */
export async function runKubelet(
  options: KubeletOptions,
  logger: Logger,
  signal: AbortSignal,
  requests = new EventTarget(),
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const { nodeName, nodeIp, rootDir, certDir, kubeconfig } = options;
  const directories = makeStateDirectories(rootDir);
  const bubblewrapPath = options.bubblewrapPath ?? findBubblewrap();
  const kubenet = await createKubenet(options, logger);
  const runtime = stack.use(
    await ProcessRuntime.open({
      rootDirectory: directories.runtime,
      privateDirectories: privateDirectories(rootDir, certDir),
      bubblewrapPath,
      ...(kubenet && { network: kubenet }),
      logger,
    }),
  );
  if (options.healthzPort !== 0)
    stack.use(
      await startHealthServer(options.healthzBindAddress, options.healthzPort, () => problemOf(runtime)),
    );
  const clientStore = new CertificateStore(certDir, 'kubelet-client', clock);
  const servingStore = new CertificateStore(certDir, 'kubelet-server', clock);
  const connection = { userAgent: USER_AGENT, localAddress: nodeIp, logger };
  const paths = { kubeconfigPath: kubeconfig, bootstrapKubeconfigPath: options.bootstrapKubeconfig };
  await bootstrapClientCertificate({ nodeName, ...paths, store: clientStore, ...connection, clock }, signal);
  const certificates = { client: () => clientStore.current(), server: () => servingStore.current() };
  const metrics = new KubeletMetrics({ nodeName, runtime, certificates, clock });
  const reloads = new ReloadMetrics(metrics.registry);
  const client = stack.use(KubeClient.fromKubeconfig(kubeconfig, { ...connection, reloads }));
  const nodeInformer = new Informer(client, nodes, { fieldSelector: `metadata.name=${nodeName}`, logger });
  const base: Base = {
    options,
    logger,
    directories,
    runtime,
    clientStore,
    servingStore,
    kubenet,
    client,
    nodeInformer,
    metrics,
    requests,
    signal,
  };

  const podPart = createPodPart(base, stack);
  const listener = stack.use(createListener(base, podPart, stack));
  const loops = [nodeInformer.run(signal), ...nodeLoops(base, listener), podPart.run()];
  await Promise.all(loops);
  if (options.shutdownGracePeriod === 0) return;
  await stopAllContainers(runtime, options.shutdownGracePeriod / 1000);
  if (kubenet === undefined) return;
  for (const { id } of await runtime.listPodSandbox()) await runtime.stopPodSandbox(id);
  await kubenet.remove();
}

async function problemOf(runtime: ProcessRuntime): Promise<string | undefined> {
  const { conditions } = await runtime.status();
  // Without a network for pods there is no pod, and yet nothing that a restart would mend.
  return conditions.find(({ type, status }) => type === 'RuntimeReady' && !status)?.message;
}

interface PodPart {
  readonly workers: PodWorkers;
  readonly statuses: StatusManager;
  run(): Promise<void>;
}

/** All that pods need: volumes, environments, probes, statuses, and a worker for each. */
function createPodPart(base: Base, stack: AsyncDisposableStack): PodPart {
  const { options, logger, directories, runtime, kubenet, client, nodeInformer, signal } = base;
  const { nodeName, nodeIp, rootDir, maxPods } = options;
  const recorder = stack.use(
    new EventRecorder({ client, component: 'kubelet', host: nodeName, clock, logger }),
  );
  const wake = (podUid: string) => workers.wake(podUid);
  const objects = stack.use(new WatchedConfigObjects(client, logger, (podUids) => podUids.forEach(wake)));
  const tokens = new RequestedServiceAccountTokens({ client, clock, logger });
  const facts = () => ({ nodeIp, allocatable: allocatableOf(readNodeResources(rootDir), maxPods) });
  const { pods: podsDirectory, memory: memoryDirectory } = directories;
  const claims = new RequestedClaimedVolumes(client);
  const volumes = new VolumeManager({ podsDirectory, memoryDirectory, objects, tokens, claims, facts });
  const serviceInformer = new Informer(client, services, { logger });
  const { kubeProxyAddress } = options;
  const service = () => serviceInformer.get('default/kubernetes');
  const asking = { server: client.server, kubeProxyAddress, service };
  const hub = new HubAddressSource({ ...asking, signal, clock, logger });
  const environment = async (pod: Pod, podIp: string, until: AbortSignal) => {
    // A pod that starts without the variables of its Services would never get them.
    await unlessAborted(serviceInformer.synced, until);
    const found = await hub.get(until);
    const all = new Map([...serviceVariables(found), ...serviceLinks(pod, serviceInformer.list())]);
    const name = await hubName(found, options.clusterDomain);
    return { objects, facts: { ...facts(), podIp }, services: all, hub: name };
  };
  const starter = new ContainerStarter({
    runtime,
    recorder,
    logger,
    podsDirectory,
    environment,
  });
  const probes = new ProbeManager({ runtime, recorder, nodeIp, clock, onChange: wake });
  const statuses = new StatusManager(client, clock, logger, signal);
  const admit = (pod: Pod) =>
    admitPod(pod, {
      node: nodeInformer.get(nodeName),
      others: workers.pods,
      maxPods,
      hostPorts: kubenet === undefined || kubenet.hasHostPorts,
    });
  const logsDirectory = options.podLogsDir;
  const shared = {
    runtime,
    starter,
    volumes,
    probes,
    statuses,
    recorder,
    nodeIp,
    logsDirectory,
    admit,
    clock,
    logger,
  };
  const workers = new PodWorkers(shared, signal, (podUid) => objects.unregister(podUid));
  runtime.onContainerEvent(({ podUid }) => wake(podUid));

  const informer = new Informer(client, pods, { fieldSelector: `spec.nodeName=${nodeName}`, logger });
  const rotation = { maxSizeBytes: options.containerLogMaxBytes, maxFiles: options.containerLogMaxFiles };
  const rotator = new LogRotator({ runtime, ...rotation, clock, logger });
  const added = (pod: Pod) => {
    objects.register(pod);
    workers.update(pod);
  };
  informer.subscribe({
    added,
    updated: (_before, pod) => workers.update(pod),
    deleted: ({ metadata }) => workers.forgotten(metadata.uid!),
  });
  const orphans = async () => {
    await informer.synced;
    await workers.removeOrphans(podsDirectory);
  };
  const run = async () => {
    using _probes = probes;
    void orphans().catch((error: unknown) =>
      logger.error({ error }, 'pods that were deleted could not be removed'),
    );
    await Promise.all([informer.run(signal), serviceInformer.run(signal), rotator.run(signal)]);
    await workers.ended();
  };
  return { workers, statuses, run };
}

/** The HTTPS API; it opens with the first serving certificate. */
function createListener(
  base: Base,
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

/** What keeps the node known: its Node, its Lease, its certificates. */
function nodeLoops(base: Base, listener: ServingListener): Promise<void>[] {
  const {
    options,
    logger,
    runtime,
    kubenet,
    client,
    clientStore,
    servingStore,
    nodeInformer,
    metrics,
    requests,
    signal,
  } = base;
  const { registry } = metrics;
  const { nodeName, nodeIp, bootstrapKubeconfig: bootstrapKubeconfigPath } = options;
  const reporter = new NodeReporter({
    client,
    informer: nodeInformer,
    runtime,
    network: kubenet,
    nodeName,
    nodeIp,
    kubeletPort: options.port,
    maxPods: options.maxPods,
    labels: options.nodeLabels,
    taints: options.registerWithTaints,
    sshHostKeyFiles: options.sshHostKeyFile,
    rootDirectory: options.rootDir,
    updateFrequencyMs: options.nodeStatusUpdateFrequency,
    reportFrequencyMs: options.nodeStatusReportFrequency,
    clock,
    logger,
  });
  const nodeUid = () => nodeInformer.get(nodeName)?.metadata.uid;
  const lease = new NodeLease({ client, nodeName, nodeUid, clock, logger });
  const clientCertificates = new CertificateManager({
    client,
    store: clientStore,
    template: clientCertificateTemplate(nodeName),
    rotate: options.rotateCertificates,
    // What is under way ends as it began: the old certificate is good for a while yet.
    onCertificate: (_certificate, isNew) => isNew && client.reload(),
    // The API server does not hear it any more with what it has.
    afterExpiry: () =>
      bootstrapClient({ bootstrapKubeconfigPath, userAgent: USER_AGENT, localAddress: nodeIp, logger }),
    metrics: certificateMetrics(registry, 'client'),
    clock,
    logger,
  });
  const servingCertificates = new CertificateManager({
    client,
    store: servingStore,
    template: servingCertificateTemplate(nodeName, nodeIp),
    rotate: options.rotateServerCertificates,
    onCertificate: (certificate) => listener.use(certificate, signal),
    onExpired: () => listener.withdraw(),
    metrics: certificateMetrics(registry, 'server'),
    clock,
    logger,
  });
  requests.addEventListener('renewCertificates', () => {
    logger.info({}, 'renewing the certificates, as told');
    for (const manager of [clientCertificates, servingCertificates]) manager.renewNow();
  });
  // Whoever approves the serving certificate looks at the Node's addresses.
  const serving = async () => {
    await Promise.race([reporter.registered, aborted(signal)]);
    await servingCertificates.run(signal);
  };
  return [
    reporter.run(signal),
    ...(kubenet === undefined ? [] : networkLoops(base, kubenet, () => reporter.wake())),
    lease.run(signal),
    ...(options.rotateCertificates ? [clientCertificates.run(signal)] : []),
    serving(),
  ];
}

/** What keeps the network of pods, by the Nodes. */
function networkLoops(
  { options, logger, client, nodeInformer, signal }: Base,
  kubenet: Kubenet,
  onChange: () => void,
): Promise<void>[] {
  const { nodeName } = options;
  const allNodes = new Informer(client, nodes, { logger });
  const loop = { kubenet, nodeName, ownNode: nodeInformer, allNodes, onChange, clock, logger };
  return [allNodes.run(signal), keepNetwork(loop, signal)];
}
