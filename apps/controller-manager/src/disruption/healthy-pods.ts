import type { Pod, PodDisruptionBudget } from '@hawser/api';

/** How long an eviction that was granted may take to be seen, as upstream's DeletionTimeout. */
const DELETION_TIMEOUT_MS = 2 * 60_000;

/** Evictions that were granted, looked at again. */
export interface DisruptedPods {
  /** Those that are still to come, by the pod's name. */
  readonly pending: Readonly<Record<string, string>>;
  /** Those that never came. */
  readonly overdue: readonly Pod[];
  /** When the next of them will be overdue. */
  readonly recheckAtMs: number | undefined;
}

/** Sorts the evictions that a budget's status remembers: a pod that is going, or gone, needs no memory. */
export function lookAtDisrupted(
  { status }: PodDisruptionBudget,
  pods: readonly Pod[],
  now: Date,
): DisruptedPods {
  const remembered = status?.disruptedPods ?? {};
  const pending: Record<string, string> = {};
  const overdue: Pod[] = [];
  let recheckAtMs: number | undefined;
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata;
    if (deletionTimestamp !== undefined || !Object.hasOwn(remembered, name)) continue;
    const granted = remembered[name]!;
    const dueMs = Date.parse(granted) + DELETION_TIMEOUT_MS;
    if (dueMs < now.getTime()) overdue.push(pod);
    else {
      pending[name] = granted;
      recheckAtMs = Math.min(dueMs, recheckAtMs ?? dueMs);
    }
  }
  return { pending, overdue, recheckAtMs };
}

/** How many pods are ready and about to stay so. */
export function countHealthy(pods: readonly Pod[], pending: DisruptedPods['pending']): number {
  return pods.filter(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined &&
      !Object.hasOwn(pending, metadata.name) &&
      status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true,
  ).length;
}
