import { nodes } from '@hawser/api';
import { Informer, KubeClient } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { systemClock as clock } from '@hawser/runtime';
import { ReloadMetrics } from '@hawser/tls-files';
import { startHealthServer } from './api/health-server.ts';
import { KubeletMetrics } from './api/kubelet-metrics.ts';
import { bootstrapClientCertificate } from './certificates/bootstrap-client-certificate.ts';
import { CertificateStore } from './certificates/certificate-store.ts';
import { findBubblewrap } from './container-runtime/process/find-bubblewrap.ts';
import { privateDirectories } from './container-runtime/process/private-directories.ts';
import { ProcessRuntime } from './container-runtime/process/process-runtime.ts';
import { createListener } from './create-listener.ts';
import { type KubeletBase, USER_AGENT } from './kubelet-base.ts';
import { createKubenet } from './network/create-kubenet.ts';
import { nodeLoops } from './node-loops.ts';
import type { KubeletOptions } from './options.ts';
import { createPodPart } from './pod-part.ts';
import { stopAllContainers } from './pods/stop-all-containers.ts';
import { makeStateDirectories } from './state-directories.ts';

/**
 * Runs a kubelet until the signal aborts; an event `renewCertificates` has it ask for others at once. The runtime
 * comes first and takes over the containers that run; then, with an identity, for which it waits as long as that takes,
 * all that talks to the API server.
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
  const base: KubeletBase = {
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
