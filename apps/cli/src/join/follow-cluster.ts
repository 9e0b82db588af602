import { existsSync, readFileSync } from 'node:fs';
import { configMaps } from '@hawser/api';
import {
  CLUSTER_INFO_KUBECONFIG,
  CLUSTER_INFO_NAME,
  CLUSTER_INFO_NAMESPACE,
  KubeClient,
  type Kubeconfig,
  loadKubeconfig,
  parseClusterInfo,
  writeKubeconfig,
} from '@hawser/client';
import { parseCertificateBundle } from '@hawser/pki';
import { type Clock, sleep, writeFileAtomic } from '@hawser/runtime';
import { readClusterConfiguration } from './admission.ts';
import type { NodeDirectory } from './node-directory.ts';

export interface ClusterFollowing {
  readonly directory: NodeDirectory;
  readonly clock: Clock;
  readonly report: (line: string) => void;
}

const LOOK_EVERY_MS = 20_000;

/**
 * Keeps a joined node's CA bundles what the cluster publishes, until the signal aborts: the hub says so itself, over
 * TLS that the bundle of before verifies, so that a CA can be replaced without a visit to each node. The node's
 * programs read the files again by themselves.
 */
export async function followCluster(following: ClusterFollowing, signal: AbortSignal): Promise<void> {
  const { directory, clock, report } = following;
  let said = '';
  while (!signal.aborted) {
    try {
      await sleep(LOOK_EVERY_MS, signal, clock);
      for (const file of await takeBundles(directory, signal)) report(`${file} has other CAs now`);
      said = '';
    } catch (error) {
      if (signal.aborted) return;
      const why = error instanceof Error ? error.message : String(error);
      if (why !== said) report(`the cluster's CAs could not be looked at: ${why}`);
      said = why;
    }
  }
}

/** Looks once. @returns the files that were written anew. */
export async function takeBundles(directory: NodeDirectory, signal: AbortSignal): Promise<string[]> {
  await using client = KubeClient.fromKubeconfig(directory.kubeconfig, { userAgent: 'hawser-join' });
  const where = { namespace: CLUSTER_INFO_NAMESPACE, signal };
  const { data } = await client.get(configMaps, CLUSTER_INFO_NAME, where);
  const { certificateAuthority } = parseClusterInfo(data?.[CLUSTER_INFO_KUBECONFIG] ?? '');
  const cluster = await readClusterConfiguration(client, signal);
  const bundles: readonly [file: string, bundle: string | undefined][] = [
    [directory.ca, certificateAuthority],
    [directory.konnectivityCa, cluster?.konnectivity?.certificateAuthority],
    [directory.natsCa, cluster?.nats?.certificateAuthority],
  ];
  const written = bundles.filter(([file, bundle]) => bundle !== undefined && replaceBundle(file, bundle));
  for (const file of [directory.kubeconfig, directory.bootstrapKubeconfig])
    if (existsSync(file)) replaceAuthority(file, certificateAuthority);
  return written.map(([file]) => file);
}

/** @throws PkiError for what is no bundle: it would leave the node without any. */
function replaceBundle(file: string, bundle: string): boolean {
  parseCertificateBundle(bundle);
  if (existsSync(file) && readFileSync(file, 'utf8') === bundle) return false;
  writeFileAtomic(file, bundle, 0o644);
  return true;
}

function replaceAuthority(file: string, bundle: string): void {
  const kubeconfig = loadKubeconfig(file);
  if (takeAuthority(kubeconfig, bundle)) writeKubeconfig(file, kubeconfig);
}

/**
 * Has a kubeconfig trust a bundle. One that names the CA's file is as new as that: with the certificates besides,
 * kubectl would not take it.
 * @returns whether that changed it.
 */
export function takeAuthority({ clusters }: Kubeconfig, bundle: string): boolean {
  const data = Buffer.from(bundle).toString('base64');
  let changed = false;
  for (const { cluster } of clusters) {
    const wanted = cluster['certificate-authority'] ? undefined : data;
    if (cluster['certificate-authority-data'] === wanted) continue;
    if (wanted === undefined) delete cluster['certificate-authority-data'];
    else cluster['certificate-authority-data'] = wanted;
    changed = true;
  }
  return changed;
}
