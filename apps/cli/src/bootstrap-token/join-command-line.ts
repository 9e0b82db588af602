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
import { type Clock, sleep } from '@hawser/runtime';
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

export interface ClusterInfoSource {
  readonly client: Pick<KubeClient, 'get'>;
  /** The one that the client was made of. */
  readonly kubeconfig: string;
  readonly clock: Clock;
  /** Told when it is not certain that nodes reach the hub where this user does. */
  readonly warn: (text: string) => void;
}

/** A controller manager that has just started publishes it within this time. */
const PUBLISHED_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 200;

/**
 * Where nodes reach the hub, and its CA: as `cluster-info` says, which is waited for; where nobody publishes it, as this
 * kubeconfig does, with a warning. @throws KubeconfigError when neither says it, and what the client throws.
 */
export async function readClusterInfo(source: ClusterInfoSource, signal: AbortSignal): Promise<ClusterInfo> {
  const { client, kubeconfig, clock, warn } = source;
  const untilMs = clock.now().getTime() + PUBLISHED_WITHIN_MS;
  for (;;) {
    const published = await readPublished(client, signal);
    if (published !== undefined) return published;
    if (clock.now().getTime() >= untilMs) break;
    await sleep(LOOK_EVERY_MS, signal, clock);
  }
  warn(
    `${CLUSTER_INFO_NAMESPACE}/${CLUSTER_INFO_NAME} is not there, without which no node joins: is a controller manager with --cluster-info-server running?\n`,
  );
  const whole = loadKubeconfig(kubeconfig);
  const { cluster } = resolveContext(whole);
  return parseClusterInfo(JSON.stringify({ ...whole, clusters: [{ name: '', cluster }] }));
}

async function readPublished(
  client: Pick<KubeClient, 'get'>,
  signal: AbortSignal,
): Promise<ClusterInfo | undefined> {
  try {
    const where = { namespace: CLUSTER_INFO_NAMESPACE, signal };
    const { data } = await client.get(configMaps, CLUSTER_INFO_NAME, where);
    const text = data?.[CLUSTER_INFO_KUBECONFIG];
    return text === undefined ? undefined : parseClusterInfo(text);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
