// What every check begins with: the official client under Node, with the kubeconfig and the namespace of the test.
import { Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import * as k8s from '@kubernetes/client-node';

export const namespace = process.env.NAMESPACE;

export const config = new k8s.KubeConfig();
config.loadFromFile(process.env.KUBECONFIG);

export const core = config.makeApiClient(k8s.CoreV1Api);

const pause = () => wait(20);

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
  while (!done()) await pause();
}

/** Makes a pod with one container, `main`, and resolves when it runs. */
export async function runningPod(name, container) {
  const containers = [{ name: 'main', image: 'host', ...container }];
  const spec = { terminationGracePeriodSeconds: 1, containers };
  await core.createNamespacedPod({ namespace, body: { metadata: { name }, spec } });
  for (let phase = ''; phase !== 'Running'; await pause())
    phase = (await core.readNamespacedPodStatus({ namespace, name })).status.phase;
}

/** Keeps what is written to it as `text()` and `bytes()`. */
export function collector() {
  const chunks = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const bytes = () => Buffer.concat(chunks);
  return Object.assign(stream, { bytes, text: () => bytes().toString() });
}
