import type { DaemonSet, Node, Pod } from '@hawser/api';
import { untolerated } from '../node-lifecycle/tolerates.ts';
import { matchesNodeSelector } from '../scheduler/match-node-selector.ts';
import { daemonPod } from './daemon-pod.ts';

/** What a DaemonSet has to do with a node. */
export interface Eligibility {
  /** The node shall have a pod. */
  readonly shouldRun: boolean;
  /** A pod that is there may stay. */
  readonly shouldContinue: boolean;
}

/** Whether a node shall have the pod of a DaemonSet (pkg/controller/daemon `NodeShouldRunDaemonPod`). */
export function eligibilityOf(set: DaemonSet, node: Node): Eligibility {
  const { name } = node.metadata;
  const pod = daemonPod(set, name, '') as unknown as Pod;
  const isElsewhere =
    pod.spec.nodeName !== undefined && pod.spec.nodeName !== '' && pod.spec.nodeName !== name;
  if (isElsewhere || !matchesNodeSelector(pod, node)) return { shouldRun: false, shouldContinue: false };
  const taints = node.spec?.taints ?? [];
  const tolerations = pod.spec.tolerations ?? [];
  const shouldRun = untolerated(taints, tolerations, ['NoSchedule', 'NoExecute']) === undefined;
  const shouldContinue = untolerated(taints, tolerations, ['NoExecute']) === undefined;
  return { shouldRun, shouldContinue };
}
