import type { ConfigMap } from '@hawser/api';
import { type BootstrapToken, signDetached } from '@hawser/authn';
import { CLUSTER_INFO_KUBECONFIG, CLUSTER_INFO_SIGNATURE_PREFIX } from '@hawser/client';

/**
 * The ConfigMap with one signature a token and no other; what else is in it stays. Undefined when that is so
 * already, and when there is nothing to sign.
 */
export function signClusterInfo(
  current: ConfigMap,
  tokens: readonly BootstrapToken[],
): ConfigMap | undefined {
  const data = current.data ?? {};
  const content = data[CLUSTER_INFO_KUBECONFIG];
  if (content === undefined) return undefined;
  const rest = Object.entries(data).filter(([key]) => !key.startsWith(CLUSTER_INFO_SIGNATURE_PREFIX));
  const signatures = tokens.map(
    (token) => [CLUSTER_INFO_SIGNATURE_PREFIX + token.id, signDetached(content, token)] as const,
  );
  const wanted = Object.fromEntries([...rest, ...signatures]);
  return Bun.deepEquals(wanted, data) ? undefined : { ...current, data: wanted };
}
