import { type ConfigMap, configMaps } from '@hawser/api';
import {
  CLUSTER_INFO_KUBECONFIG,
  CLUSTER_INFO_NAME,
  CLUSTER_INFO_NAMESPACE,
  type ClusterInfo,
  formatClusterInfo,
} from '@hawser/client';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { ignoreNotNeeded } from '../framework/expected-errors.ts';
import { Reconciler } from '../framework/reconciler.ts';

const KEY = `${CLUSTER_INFO_NAMESPACE}/${CLUSTER_INFO_NAME}`;
/** How often the CA bundle is looked at: it is replaced while the cluster runs. */
const LOOK_AGAIN_MS = 2_000;

/**
 * Keeps the kubeconfig in `kube-public/cluster-info`, from which nodes learn the hub's address and its CA. Upstream's
 * installer writes it once; here it follows the CA bundle, so that nodes can join while the CA is being replaced.
 * What else is in the ConfigMap, such as signatures, stays.
 *
 * @param information what is to be published, read anew each time.
 */
export function createClusterInfoPublisher(
  context: ControllerContext,
  information: () => ClusterInfo,
): Controller {
  const { client, informers } = context;
  const published = informers.get(configMaps, {
    namespace: CLUSTER_INFO_NAMESPACE,
    fieldSelector: `metadata.name=${CLUSTER_INFO_NAME}`,
  });
  const sync = async (key: string, signal: AbortSignal) => {
    reconciler.queue.addAfter(key, LOOK_AGAIN_MS);
    const current = published.get(key);
    const kubeconfig = formatClusterInfo(information());
    if (current?.data?.[CLUSTER_INFO_KUBECONFIG] === kubeconfig) return;
    const wanted = withKubeconfig(current, kubeconfig);
    if (current) await client.update(configMaps, wanted, { signal });
    else await client.create(configMaps, wanted, { signal }).catch(ignoreNotNeeded);
  };
  const name = 'cluster-info-publisher-controller';
  const reconciler: Reconciler = new Reconciler(context, { name, sync, concurrency: 1 }).follow(
    published,
    () => [KEY],
  );
  reconciler.queue.add(KEY);
  return reconciler;
}

function withKubeconfig(current: ConfigMap | undefined, kubeconfig: string): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: CLUSTER_INFO_NAME, namespace: CLUSTER_INFO_NAMESPACE, ...current?.metadata },
    data: { ...current?.data, [CLUSTER_INFO_KUBECONFIG]: kubeconfig },
  };
}
