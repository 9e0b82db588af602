import type { ContainerRuntime } from '../container-runtime/container-runtime.ts';
import { RuntimeAnnotation } from '../containers/runtime-annotations.ts';

/**
 * Ends every container of the node within a time, each within its own grace period, for a node that goes down.
 * The pods stay bound to it: what their restart policies say happens when it comes back.
 */
export async function stopAllContainers(runtime: ContainerRuntime, withinSeconds: number): Promise<void> {
  const containers = await runtime.listContainers();
  const stops = containers.map(({ id, annotations }) => {
    const ownSeconds = Number(annotations[RuntimeAnnotation.gracePeriod] ?? withinSeconds);
    return runtime.stopContainer(id, Math.min(ownSeconds, withinSeconds));
  });
  await Promise.allSettled(stops);
}
