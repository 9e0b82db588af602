import type { Column } from '../../../schema/kind.ts';
import { age, sinceTimestamp } from '../../columns.ts';
import type { Pod } from '../pod.ts';
import { summarizePod } from './summarize-pod.ts';

/** The columns of `kubectl get pods` (pkg/printers `printPod`). */
export const podColumns: readonly Column<Pod>[] = [
  {
    name: 'Ready',
    type: 'string',
    description: 'How many of its containers are ready.',
    value: (pod) => {
      const { ready, total } = summarizePod(pod);
      return `${ready}/${total}`;
    },
  },
  {
    name: 'Status',
    type: 'string',
    description: 'State of its containers, in one word.',
    value: (pod) => summarizePod(pod).status,
  },
  {
    name: 'Restarts',
    type: 'string',
    description: 'How often containers were started again.',
    value: restarts,
  },
  age,
  {
    name: 'IP',
    type: 'string',
    priority: 1,
    description: 'Address of the pod.',
    value: (pod) => pod.status?.podIPs?.[0]?.ip || '<none>',
  },
  {
    name: 'Node',
    type: 'string',
    priority: 1,
    description: 'Node that it is bound to.',
    value: (pod) => pod.spec.nodeName || '<none>',
  },
  {
    name: 'Nominated Node',
    type: 'string',
    priority: 1,
    description: 'Node on which room is being made for it.',
    value: (pod) => pod.status?.nominatedNodeName || '<none>',
  },
  {
    name: 'Readiness Gates',
    type: 'string',
    priority: 1,
    description: 'How many of its readiness gates are open.',
    value: readinessGates,
  },
];

function restarts(pod: Pod, now: Date): string {
  const { restarts: count, lastRestart } = summarizePod(pod);
  return count === 0 || lastRestart === undefined
    ? String(count)
    : `${count} (${sinceTimestamp(lastRestart, now)} ago)`;
}

function readinessGates({ spec: { readinessGates: gates = [] }, status }: Pod): string {
  if (gates.length === 0) return '<none>';
  const open = gates.filter(
    ({ conditionType }) =>
      status?.conditions?.find((condition) => condition.type === conditionType)?.status === 'True',
  );
  return `${open.length}/${gates.length}`;
}
