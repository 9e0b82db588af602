import { join } from 'node:path';

/** What a joined node keeps, all under `--root-dir`, the kubelet's own directory. */
export function nodeDirectory(root: string, certDir = join(root, 'pki')) {
  return {
    root,
    certDir,
    /** The cluster's CA bundle. */
    ca: join(root, 'ca.crt'),
    konnectivityCa: join(root, 'konnectivity-ca.crt'),
    natsCa: join(root, 'nats-ca.crt'),
    /** What the cluster has told and which address was taken: for starts while the hub is away. */
    known: join(root, 'node.json'),
    /** With the token; until the node has a certificate. */
    bootstrapKubeconfig: join(root, 'bootstrap.kubeconfig'),
    /** The kubelet writes it when it has its certificate. */
    kubeconfig: join(root, 'kubelet.kubeconfig'),
    clientCertificate: join(certDir, 'kubelet-client-current.pem'),
  };
}

export type NodeDirectory = ReturnType<typeof nodeDirectory>;
