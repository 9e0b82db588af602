import type { Node, Pod } from '@hawser/api';
import type { Rejection } from './pod-worker-context.ts';

export interface AdmissionFacts {
  /** As the API server has it; undefined when it is not known yet. */
  node: Node | undefined;
  /** All pods of the node. */
  others: readonly Pod[];
  maxPods: number;
}

/**
 * Whether the node takes a pod that was bound to it: whoever bound it may have overlooked something, and the
 * node may have changed since.
 * @returns why not, in upstream's words; undefined when it does.
 */
export function admitPod(pod: Pod, { node, others, maxPods }: AdmissionFacts): Rejection | undefined {
  const { uid } = pod.metadata;
  const running = others.filter(({ metadata, status }) => metadata.uid !== uid && !isOver(status?.phase));
  if (running.length >= maxPods)
    return {
      reason: 'OutOfpods',
      message: `Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: ${running.length}, capacity: ${maxPods}`,
    };
  const labels = node?.metadata.labels;
  const selector = Object.entries(pod.spec?.nodeSelector ?? {});
  if (labels !== undefined && selector.some(([key, value]) => labels[key] !== value))
    return { reason: 'NodeAffinity', message: 'Pod was rejected: Predicate NodeAffinity failed' };
  const os = pod.spec?.os?.name;
  if (os !== undefined && os !== 'linux')
    return {
      reason: 'PodOSNotSupported',
      message: "Pod was rejected: Failed to admit pod as the OS field doesn't match node OS",
    };
  return undefined;
}

function isOver(phase: string | undefined): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}
