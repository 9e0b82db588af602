import type {
  ContainerRuntime,
  ContainerStatus,
  PodSandbox,
} from '../container-runtime/container-runtime.ts';
import { RuntimeLabel } from '../container-runtime/container-runtime.ts';

/** What the runtime knows of one pod. */
export interface PodView {
  /** Newest first. */
  readonly sandboxes: readonly PodSandbox[];
  /** Newest first. */
  readonly containers: readonly ContainerStatus[];
}

export const EMPTY_VIEW: PodView = { sandboxes: [], containers: [] };

export async function viewPod(runtime: ContainerRuntime, podUid: string): Promise<PodView> {
  const labels = { [RuntimeLabel.podUid]: podUid };
  const [sandboxes, listed] = await Promise.all([
    runtime.listPodSandbox({ labels }),
    runtime.listContainers({ labels }),
  ]);
  const containers = await Promise.all(listed.map(({ id }) => runtime.containerStatus(id)));
  return {
    sandboxes: sandboxes.sort((a, b) => b.metadata.attempt - a.metadata.attempt),
    containers: containers.sort(newestFirst),
  };
}

function newestFirst(a: ContainerStatus, b: ContainerStatus): number {
  return b.metadata.attempt - a.metadata.attempt || b.createdAt.getTime() - a.createdAt.getTime();
}

/** The sandbox in which containers can be started. */
export function readySandbox({ sandboxes }: PodView): PodSandbox | undefined {
  return sandboxes[0]?.state === 'ready' ? sandboxes[0] : undefined;
}

/** The pod's address: its own, or the node's, whose network it shares. */
export function podIpOf({ sandboxes }: PodView, nodeIp: string): string {
  return sandboxes[0]?.ip ?? nodeIp;
}

/** Every run of a container, newest first. */
export function runsOf({ containers }: PodView, name: string): readonly ContainerStatus[] {
  return containers.filter(({ metadata }) => metadata.name === name);
}

export function runningContainers({ containers }: PodView): readonly ContainerStatus[] {
  return containers.filter(({ state }) => state === 'running');
}
