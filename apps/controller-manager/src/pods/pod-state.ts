import type { Pod } from '@hawser/api';

export function podCondition(pod: Pod, type: string) {
  return pod.status?.conditions?.find((condition) => condition.type === type);
}

/** Neither ended nor on its way out. */
export function isActive({ metadata, status }: Pod): boolean {
  return (
    status?.phase !== 'Succeeded' && status?.phase !== 'Failed' && metadata.deletionTimestamp === undefined
  );
}

/** On its way out, and not ended yet. */
export function isTerminating({ metadata, status }: Pod): boolean {
  return (
    status?.phase !== 'Succeeded' && status?.phase !== 'Failed' && metadata.deletionTimestamp !== undefined
  );
}

export function isReady(pod: Pod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** Ready, and for so long that it counts. */
export function isAvailable(pod: Pod, minReadySeconds: number, now: Date): boolean {
  const condition = podCondition(pod, 'Ready');
  if (condition?.status !== 'True') return false;
  if (minReadySeconds === 0) return true;
  const { lastTransitionTime } = condition;
  if (lastTransitionTime === undefined) return false;
  return Date.parse(lastTransitionTime) + minReadySeconds * 1000 <= now.getTime();
}

/** Milliseconds until a pod that is ready counts as available; undefined for one that does already, or is not ready. */
export function untilAvailable(pod: Pod, minReadySeconds: number, now: Date): number | undefined {
  const condition = podCondition(pod, 'Ready');
  if (condition?.status !== 'True' || condition.lastTransitionTime === undefined) return undefined;
  const leftMs = Date.parse(condition.lastTransitionTime) + minReadySeconds * 1000 - now.getTime();
  return leftMs > 0 ? leftMs : undefined;
}
