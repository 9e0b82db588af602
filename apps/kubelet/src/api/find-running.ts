import type { Pod } from '@hawser/api';
import { type ContainerRuntime, RuntimeLabel } from '../container-runtime/container-runtime.ts';
import type { PodWorkers } from '../pods/pod-workers.ts';

/** What a request asks for cannot be had, mostly because it is not there or not running; in upstream's words. */
export class NotRunningError extends Error {
  override readonly name = 'NotRunningError';

  constructor(
    readonly code: 400 | 404 | 500,
    message: string,
  ) {
    super(message);
  }
}

/** @throws NotRunningError */
export function findPod(workers: PodWorkers, namespace: string, name: string): Pod {
  const pod = workers.find(namespace, name);
  if (pod === undefined) throw new NotRunningError(404, 'pod does not exist');
  return pod;
}

/** The ID of a container that runs. @throws NotRunningError */
export async function findRunningContainer(
  runtime: ContainerRuntime,
  { metadata }: Pod,
  uid: string | undefined,
  name: string,
): Promise<string> {
  const labels = { [RuntimeLabel.podUid]: metadata.uid!, [RuntimeLabel.containerName]: name };
  const running = (await runtime.listContainers({ labels })).find(({ state }) => state === 'running');
  if (running === undefined || (uid !== undefined && uid !== metadata.uid))
    throw new NotRunningError(500, `container not found (${JSON.stringify(name)})`);
  return running.id;
}

/** The ID of a pod's sandbox. @throws NotRunningError */
export async function findSandbox(
  runtime: ContainerRuntime,
  { metadata }: Pod,
  uid: string | undefined,
): Promise<string> {
  if (uid !== undefined && uid !== metadata.uid) throw new NotRunningError(404, 'pod not found');
  const sandboxes = await runtime.listPodSandbox({ labels: { [RuntimeLabel.podUid]: metadata.uid! } });
  const ready = sandboxes.find(({ state }) => state === 'ready');
  if (ready !== undefined) return ready.id;
  const { name, namespace } = metadata;
  throw new NotRunningError(
    500,
    `failed to find podSandboxID for pod "${name}_${namespace}(${metadata.uid})"`,
  );
}
