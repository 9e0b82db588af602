import type { Pod, Quantity, ResourceRequirements } from '@hawser/api';
import { type Amounts, accumulate, add, amountsOf, maximum, pick, raise, sumOf } from './amounts.ts';

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
  const sidecars = new Map<string, Quantity>();
  const peak = new Map<string, Quantity>();
  for (const { resources, restartPolicy } of spec.initContainers ?? []) {
    const own = sideOf(resources, side);
    // Of what it does not ask for, no more is running than before: the peak knows it.
    const running = add(pick(sidecars, own.keys()), own);
    if (restartPolicy === 'Always') accumulate(sidecars, own);
    raise(peak, running);
  }
  const main = sumOf([...(spec.containers ?? []).map(({ resources }) => sideOf(resources, side)), sidecars]);
  const podLevel = [...sideOf(spec.resources, side)].filter(([name]) => POD_LEVEL.test(name));
  return new Map([...maximum(main, peak), ...podLevel]);
}

function sideOf(resources: ResourceRequirements | undefined, side: Side): Amounts {
  return amountsOf(resources?.[side]);
}
