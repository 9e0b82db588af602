import { configMaps, nodes } from '@hawser/api';
import { isNotFound, type KubeClient, StatusError } from '@hawser/client';
import {
  CLUSTER_CONFIGURATION_KEY,
  CLUSTER_CONFIGURATION_NAME,
  CLUSTER_CONFIGURATION_NAMESPACE,
  type ClusterConfiguration,
  parseClusterConfiguration,
} from '../cluster-configuration/cluster-configuration.ts';
import { JoinError } from './join-error.ts';

/**
 * What the cluster tells its nodes, asked with the credentials that the node has.
 * @returns undefined when the cluster tells nothing. @throws JoinError when it refuses.
 */
export async function readClusterConfiguration(
  client: KubeClient,
  signal: AbortSignal,
): Promise<ClusterConfiguration | undefined> {
  try {
    const where = { namespace: CLUSTER_CONFIGURATION_NAMESPACE, signal };
    const { data } = await client.get(configMaps, CLUSTER_CONFIGURATION_NAME, where);
    return parseClusterConfiguration(data?.[CLUSTER_CONFIGURATION_KEY] ?? '');
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw explained(error, `the ConfigMap ${CLUSTER_CONFIGURATION_NAMESPACE}/${CLUSTER_CONFIGURATION_NAME}`);
  }
}

/** @throws JoinError when a node of this name is Ready: it is somebody else's (kubeadm's rule and words). */
export async function requireFreeName(client: KubeClient, name: string, signal: AbortSignal): Promise<void> {
  let node: Awaited<ReturnType<typeof client.get<typeof nodes>>>;
  try {
    node = await client.get(nodes, name, { signal });
  } catch (error) {
    if (isNotFound(error)) return;
    throw explained(error, `the Node ${name}`);
  }
  const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  if (ready === 'True')
    throw new JoinError(
      `a Node with name ${JSON.stringify(name)} and status "Ready" already exists in the cluster: ` +
        'delete the existing Node, or give this one another name with --node-name',
    );
}

/** In words for whoever joins. */
function explained(error: unknown, what: string): unknown {
  if (!(error instanceof StatusError)) return error;
  if (error.code === 401)
    return new JoinError(
      'the hub does not take this token: it has expired, was deleted, or is not for authentication; ' +
        'make a new one with `hawser token create` (a node that had joined: nor its certificate; ' +
        'take its pki directory away and join anew)',
      { cause: error },
    );
  return new JoinError(`the hub does not let this node read ${what}: ${error.message}`, { cause: error });
}
