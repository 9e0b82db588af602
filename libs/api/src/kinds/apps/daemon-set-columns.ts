import type { Column } from '../../schema/kind.ts';
import { formatLabels } from '../../selectors/format-label-selector.ts';
import { age } from '../columns.ts';
import { templateColumns } from '../core/pod/template-columns.ts';
import { selectorColumn } from '../selector-column.ts';
import type { DaemonSet, DaemonSetStatus } from './daemon-set.ts';

/** The columns of `kubectl get daemonsets` (pkg/printers `printDaemonSet`). */
export const daemonSetColumns: readonly Column<DaemonSet>[] = [
  count('Desired', 'Nodes that shall have the pod.', ({ desiredNumberScheduled }) => desiredNumberScheduled),
  count('Current', 'Nodes that have it.', ({ currentNumberScheduled }) => currentNumberScheduled),
  count('Ready', 'Nodes whose pod is ready.', ({ numberReady }) => numberReady),
  count(
    'Up-to-date',
    'Nodes whose pod is of the current template.',
    ({ updatedNumberScheduled }) => updatedNumberScheduled,
  ),
  count(
    'Available',
    'Nodes whose pod has been ready for minReadySeconds.',
    ({ numberAvailable }) => numberAvailable,
  ),
  {
    name: 'Node Selector',
    type: 'string',
    description: 'Labels that a node must have.',
    value: ({ spec }) => formatLabels(spec.template?.spec?.nodeSelector),
  },
  age,
  ...templateColumns<DaemonSet>(({ spec }) => spec.template),
  selectorColumn,
];

function count(
  name: string,
  description: string,
  of: (status: DaemonSetStatus) => number | undefined,
): Column<DaemonSet> {
  return {
    name,
    type: 'integer',
    description,
    value: ({ status }) => (status && of(status)) ?? 0,
  };
}
