import { KubeClient } from '@hawser/client';

/** A client with the credentials of a kubeconfig. Throws `KubeconfigError` when that cannot be used. */
export function connectCluster(kubeconfig: string): KubeClient {
  return KubeClient.fromKubeconfig(kubeconfig, { userAgent: 'hawser-cli' });
}
