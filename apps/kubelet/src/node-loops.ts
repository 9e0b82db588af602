import { nodes } from '@hawser/api';
import { Informer } from '@hawser/client';
import { aborted, systemClock as clock } from '@hawser/runtime';
import type { ServingListener } from './api/serving-listener.ts';
import { bootstrapClient, clientCertificateTemplate } from './certificates/bootstrap-client-certificate.ts';
import { CertificateManager } from './certificates/certificate-manager.ts';
import { certificateMetrics } from './certificates/certificate-metrics.ts';
import { servingCertificateTemplate } from './certificates/serving-certificate-template.ts';
import { type KubeletBase, USER_AGENT } from './kubelet-base.ts';
import { keepNetwork } from './network/keep-network.ts';
import type { Kubenet } from './network/kubenet.ts';
import { NodeLease } from './node/node-lease.ts';
import { NodeReporter } from './node/node-reporter.ts';

/** What keeps the node known: its Node, its Lease, its certificates. */
export function nodeLoops(base: KubeletBase, listener: ServingListener): Promise<void>[] {
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
  { options, logger, client, nodeInformer, signal }: KubeletBase,
  kubenet: Kubenet,
  onChange: () => void,
): Promise<void>[] {
  const { nodeName } = options;
  const allNodes = new Informer(client, nodes, { logger });
  const loop = { kubenet, nodeName, ownNode: nodeInformer, allNodes, onChange, clock, logger };
  return [allNodes.run(signal), keepNetwork(loop, signal)];
}
