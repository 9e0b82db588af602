import { configMaps } from '@hawser/api';
import {
  CLUSTER_INFO_KUBECONFIG,
  CLUSTER_INFO_NAME,
  CLUSTER_INFO_NAMESPACE,
  type ClusterInfo,
  isNotFound,
  type KubeClient,
  loadKubeconfig,
  parseClusterInfo,
  resolveContext,
} from '@hawser/client';
import { parseCertificateBundle, spkiHash } from '@hawser/pki';
import { type BootstrapToken, formatToken } from './bootstrap-token.ts';

const HOST = /^(\[[0-9a-f:.]+\]|[\w.-]+)$/;

/** What is typed on a node that is to join; each CA of the bundle is pinned. @throws Error for a host that is none. */
export function joinCommandLine(
  { server, certificateAuthority }: ClusterInfo,
  token: BootstrapToken,
): string {
  const pins = parseCertificateBundle(certificateAuthority).map(spkiHash);
  const { hostname, port } = new URL(server);
  // The line is pasted into shells, and URLs let through some of what means something there.
  if (!HOST.test(hostname)) throw new Error(`${JSON.stringify(hostname)} is no host name of a hub`);
  return [
    `hawser join ${hostname}:${port || 443} --token ${formatToken(token)}`,
    ...new Set(pins.map((pin) => `--discovery-token-ca-cert-hash ${pin}`)),
  ].join(' ');
}

/**
 * Where nodes reach the hub, and its CA: as `cluster-info` says, else as this kubeconfig does.
 * @throws KubeconfigError when neither says it.
 */
export async function readClusterInfo(
  client: KubeClient,
  kubeconfig: string,
  signal: AbortSignal,
): Promise<ClusterInfo> {
  try {
    const where = { namespace: CLUSTER_INFO_NAMESPACE, signal };
    const { data } = await client.get(configMaps, CLUSTER_INFO_NAME, where);
    const text = data?.[CLUSTER_INFO_KUBECONFIG];
    if (text !== undefined) return parseClusterInfo(text);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  const whole = loadKubeconfig(kubeconfig);
  const { cluster } = resolveContext(whole);
  return parseClusterInfo(JSON.stringify({ ...whole, clusters: [{ name: '', cluster }] }));
}
