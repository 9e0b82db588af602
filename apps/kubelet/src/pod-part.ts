import type { Pod } from '@hawser/api';
import { pods, services } from '@hawser/api';
import { EventRecorder, Informer } from '@hawser/client';
import { systemClock as clock, unlessAborted } from '@hawser/runtime';
import { WatchedConfigObjects } from './config-objects/watched-config-objects.ts';
import { ContainerStarter } from './containers/container-starter.ts';
import { HubAddressSource } from './environment/hub-address.ts';
import { hubName } from './environment/hub-name.ts';
import { serviceLinks } from './environment/service-links.ts';
import { serviceVariables } from './environment/service-variables.ts';
import type { KubeletBase } from './kubelet-base.ts';
import { LogRotator } from './logs/log-rotator.ts';
import { allocatableOf, readNodeResources } from './node/node-resources.ts';
import { admitPod } from './pods/admit-pod.ts';
import { PodWorkers } from './pods/pod-workers.ts';
import { StatusManager } from './pods/status-manager.ts';
import { ProbeManager } from './probes/probe-manager.ts';
import { RequestedClaimedVolumes } from './volumes/claimed-volumes.ts';
import { RequestedServiceAccountTokens } from './volumes/service-account-tokens.ts';
import { VolumeManager } from './volumes/volume-manager.ts';

export interface PodPart {
  readonly workers: PodWorkers;
  readonly statuses: StatusManager;
  run(): Promise<void>;
}

/** All that pods need: volumes, environments, probes, statuses, and a worker for each. */
export function createPodPart(base: KubeletBase, stack: AsyncDisposableStack): PodPart {
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
