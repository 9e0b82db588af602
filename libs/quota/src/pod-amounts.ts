import type { Pod, ResourceRequirements } from '@hawser/api';
import { type Amounts, add, amountsOf, maximum } from './amounts.ts';

type Side = 'requests' | 'limits';

/** What resources a pod itself, not its containers, may speak of. */
const POD_LEVEL = /^(cpu|memory|hugepages-.+)$/;

/** What a pod is promised altogether (component-helpers/resource, PodRequests). */
export function podRequests(pod: Pod): Amounts {
  return add(containersAmount(pod, 'requests'), amountsOf(pod.spec.overhead));
}

/** What a pod may take altogether; overhead counts where there is a limit (PodLimits). */
export function podLimits(pod: Pod): Amounts {
  const limits = containersAmount(pod, 'limits');
  const overhead = [...amountsOf(pod.spec.overhead)].filter(([name]) => limits.has(name));
  return add(limits, new Map(overhead));
}

/**
 * What containers and sidecars take together, or what an init container takes beside the sidecars before it where that
 * is more. What the pod says of itself goes before.
 */
function containersAmount({ spec }: Pod, side: Side): Amounts {
  let sidecars: Amounts = new Map();
  let peak: Amounts = new Map();
  for (const { resources, restartPolicy } of spec.initContainers ?? []) {
    const running = add(sidecars, sideOf(resources, side));
    if (restartPolicy === 'Always') sidecars = running;
    peak = maximum(peak, running);
  }
  const main = add(...(spec.containers ?? []).map(({ resources }) => sideOf(resources, side)), sidecars);
  const podLevel = [...sideOf(spec.resources, side)].filter(([name]) => POD_LEVEL.test(name));
  return new Map([...maximum(main, peak), ...podLevel]);
}

function sideOf(resources: ResourceRequirements | undefined, side: Side): Amounts {
  return amountsOf(resources?.[side]);
}
