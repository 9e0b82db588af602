import { isSignedDetached } from '@hawser/authn';
import {
  CLUSTER_INFO_KUBECONFIG,
  CLUSTER_INFO_SIGNATURE_PREFIX,
  type ClusterInfo,
  parseClusterInfo,
} from '@hawser/client';
import type { Clock } from '@hawser/runtime';
import type { BootstrapToken } from '../bootstrap-token/bootstrap-token.ts';
import { pinnedCertificates } from './ca-pins.ts';
import { JoinError } from './join-error.ts';
import { requestClusterInfo } from './request-cluster-info.ts';

export interface TokenDiscovery {
  /** `host:port` as it was typed. */
  readonly endpoint: string;
  readonly token: BootstrapToken;
  /** Of the CAs of which one must be the cluster's; undefined: the token's signature alone is believed. */
  readonly pins: readonly string[] | undefined;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly report: (line: string) => void;
}

/** How long after its making a token may not have signed yet. */
const SIGNING_PATIENCE_MS = 10_000;

/**
 * Finds out where a cluster is and what its CAs are, knowing a token of it and, unless that is given up, the hash of a
 * CA: reads `cluster-info` from whoever answers, believes it if the token has signed it and a CA in it is pinned, and
 * reads it once more from a server that a pinned CA vouches for (kubeadm's token discovery, which lets any CA of the
 * bundle do that).
 * @throws JoinError for everything that must not be trusted.
 */
export async function discoverCluster(discovery: TokenDiscovery, signal: AbortSignal): Promise<ClusterInfo> {
  const { token, pins } = discovery;
  const first = await request(discovery, undefined, signal);
  const text = signedKubeconfig(first, token);
  const information = parsed(text);
  if (pins === undefined) return information;
  const pinned = pinnedCertificates(information.certificateAuthority, pins);
  const second = await request(discovery, pinned, signal);
  if (second[CLUSTER_INFO_KUBECONFIG] !== text)
    throw new JoinError(
      'cluster-info was another when it was read from the verified hub: somebody is in between',
    );
  return information;
}

function request(
  { endpoint, token, timeoutMs, clock, report }: TokenDiscovery,
  certificateAuthority: string | undefined,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  const has = (data: Record<string, string>) => Object.hasOwn(data, CLUSTER_INFO_SIGNATURE_PREFIX + token.id);
  const patienceMs = Math.min(SIGNING_PATIENCE_MS, timeoutMs);
  const wanted = { has, timeoutMs, patienceMs, clock, report };
  return requestClusterInfo({ server: `https://${endpoint}`, certificateAuthority, ...wanted }, signal);
}

/** The kubeconfig of `cluster-info`, if whoever knows the token has signed it. */
function signedKubeconfig(data: Readonly<Record<string, string>>, token: BootstrapToken): string {
  const text = data[CLUSTER_INFO_KUBECONFIG];
  if (!text)
    throw new JoinError('cluster-info has no kubeconfig: this hub is not set up for joining by token');
  const signature = data[CLUSTER_INFO_SIGNATURE_PREFIX + token.id];
  if (!signature)
    throw new JoinError(
      `token id ${JSON.stringify(token.id)} is unknown to this cluster, is not for signing, or has expired: ` +
        'make a new one with `hawser token create`',
    );
  if (!isSignedDetached(signature, text, token))
    throw new JoinError(
      'cluster-info is not signed with this token: either the secret part of the token is wrong, or the hub is not ' +
        'the one that the token is of, and cannot be trusted',
    );
  return text;
}

function parsed(text: string): ClusterInfo {
  try {
    return parseClusterInfo(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new JoinError(`malformed kubeconfig in cluster-info: ${why}`, { cause });
  }
}
