import type { Pod } from '@hawser/api';

/** Whether a pod has ended, for good or ill. */
export function hasEnded(pod: Pod): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
}

/** The oldest of the pods that have ended, as many as are above the threshold; none when it is 0. */
export function surplusPods(pods: readonly Pod[], threshold: number): Pod[] {
  if (threshold <= 0) return [];
  const ended = pods.filter((pod) => hasEnded(pod) && pod.metadata.deletionTimestamp === undefined);
  const createdAt = (pod: Pod) => pod.metadata.creationTimestamp ?? '';
  const oldestFirst = ended.toSorted((a, b) => createdAt(a).localeCompare(createdAt(b)));
  return oldestFirst.slice(0, Math.max(0, ended.length - threshold));
}

/** Pods that were deleted before they were ever given a node: nobody else will finish that. */
export function unscheduledTerminating(pods: readonly Pod[]): Pod[] {
  return pods.filter(({ metadata, spec }) => metadata.deletionTimestamp !== undefined && !spec.nodeName);
}

/** Pods bound to a node that is not there. */
export function orphanedPods(pods: readonly Pod[], nodeNames: ReadonlySet<string>): Pod[] {
  return pods.filter(({ spec }) => spec.nodeName && !nodeNames.has(spec.nodeName));
}
