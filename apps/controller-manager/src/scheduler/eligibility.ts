import type { Node, Pod } from '@hawser/api';
import { readyStatus } from '../node-lifecycle/node-condition.ts';

const SCHEDULER_NAME = 'default-scheduler';

/** Whether a pod is this scheduler's to place, now. */
export function awaitsScheduling({ metadata, spec, status }: Pod): boolean {
  return (
    !spec.nodeName &&
    (spec.schedulerName || SCHEDULER_NAME) === SCHEDULER_NAME &&
    (spec.schedulingGates ?? []).length === 0 &&
    metadata.deletionTimestamp === undefined &&
    status?.phase !== 'Succeeded' &&
    status?.phase !== 'Failed'
  );
}

/** Whether a change of a pod may change where it can go; its status does not. */
export function podMakesDifference(before: Pod, after: Pod): boolean {
  return differ(before, after, ({ spec, metadata: { labels } }) => ({ spec, labels }));
}

/** Whether a change of a node may change what can go there; a heartbeat does not. */
export function nodeMakesDifference(before: Node, after: Node): boolean {
  return differ(before, after, (node) => ({
    labels: node.metadata.labels,
    taints: node.spec?.taints,
    unschedulable: node.spec?.unschedulable,
    allocatable: node.status?.allocatable,
    ready: readyStatus(node),
  }));
}

function differ<T>(before: T, after: T, aspects: (object: T) => object): boolean {
  return JSON.stringify(aspects(before)) !== JSON.stringify(aspects(after));
}
