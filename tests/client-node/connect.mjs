// What every check begins with: the official client under Node, with the kubeconfig and the namespace of the test.
import * as k8s from '@kubernetes/client-node';

export const namespace = process.env.NAMESPACE;

export const config = new k8s.KubeConfig();
config.loadFromFile(process.env.KUBECONFIG);

export const core = config.makeApiClient(k8s.CoreV1Api);

/** A ConfigMap's body. */
export function configMap(name, data = {}, labels = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels }, data };
}

/** The `metav1.Status` of a call that is to fail. */
export async function refusal(call) {
  try {
    await call;
  } catch (error) {
    const body = typeof error.body === 'string' ? JSON.parse(error.body) : error.body;
    return { ...body, http: error.code };
  }
  throw new Error('it was not refused');
}

/** Resolves when `done` says so; the process is ended by the test when it never does. */
export async function until(done) {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 20));
}
