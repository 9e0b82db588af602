import type { Pod, Taint } from '@hawser/api';
import { tolerates } from './tolerates.ts';

/**
 * When a pod must leave a node with these taints: at once (0) when a NoExecute taint is not tolerated, when the
 * shortest `tolerationSeconds` is over when all are, never (undefined) when nothing limits the toleration.
 *
 * Time counts from when the taint was added, or the pod made, whichever is later, so that a restart of the controller
 * does not start it anew.
 */
export function evictionTimeMs(pod: Pod, taints: readonly Taint[], nowMs: number): number | undefined {
  const times = taints
    .filter(({ effect }) => effect === 'NoExecute')
    .map((taint) => leaveAtMs(pod, taint, nowMs))
    .filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

function leaveAtMs(pod: Pod, taint: Taint, nowMs: number): number | undefined {
  const matching = (pod.spec.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
  if (matching.length === 0) return 0;
  const limits = matching
    .map(({ tolerationSeconds }) => tolerationSeconds)
    .filter((limit) => limit !== undefined);
  if (limits.length === 0) return undefined;
  const added = taint.timeAdded === undefined ? nowMs : Date.parse(taint.timeAdded);
  const created = Date.parse(pod.metadata.creationTimestamp ?? '') || 0;
  return Math.max(added, created) + Math.max(0, Math.min(...limits)) * 1000;
}
