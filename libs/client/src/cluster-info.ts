import { formatKubeconfig, KubeconfigError, parseKubeconfig } from './kubeconfig.ts';

/** Where the ConfigMap is that tells strangers of the cluster, and its keys (cluster-bootstrap/token/api). */
export const CLUSTER_INFO_NAMESPACE = 'kube-public';
export const CLUSTER_INFO_NAME = 'cluster-info';
export const CLUSTER_INFO_KUBECONFIG = 'kubeconfig';
/** Before the id of the bootstrap token with which the kubeconfig is signed. */
export const CLUSTER_INFO_SIGNATURE_PREFIX = 'jws-kubeconfig-';

/** What a stranger needs to know of a cluster: where it is, and by what it is recognised. */
export interface ClusterInfo {
  /** `https://host:port` */
  readonly server: string;
  /** PEM; several certificates while the authority is being replaced. */
  readonly certificateAuthority: string;
}

/** The kubeconfig of `cluster-info`: one cluster without a name and no user, shaped as kubeadm writes it. */
export function formatClusterInfo({ server, certificateAuthority }: ClusterInfo): string {
  const data = Buffer.from(certificateAuthority).toString('base64');
  return formatKubeconfig({
    apiVersion: 'v1',
    clusters: [{ name: '', cluster: { 'certificate-authority-data': data, server } }],
    contexts: [],
    'current-context': '',
    kind: 'Config',
    preferences: {},
    users: [],
  });
}

/**
 * Reads the kubeconfig of `cluster-info`, or another that names one cluster.
 * @throws KubeconfigError when it is none, names not exactly one cluster, or one without an https address or a CA.
 */
export function parseClusterInfo(text: string): ClusterInfo {
  const { clusters } = parseKubeconfig(text);
  const [only] = clusters;
  if (only === undefined || clusters.length > 1)
    throw new KubeconfigError(`expected a kubeconfig with a single cluster, but it has ${clusters.length}`);
  const { server, 'certificate-authority-data': data } = only.cluster;
  if (URL.parse(server)?.protocol !== 'https:')
    throw new KubeconfigError(`its server is no https URL: ${server}`);
  if (!data) throw new KubeconfigError('it has no certificate-authority-data');
  return { server, certificateAuthority: Buffer.from(data, 'base64').toString() };
}
