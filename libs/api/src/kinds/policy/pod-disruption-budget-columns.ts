import type { Column } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import type { PodDisruptionBudget } from './pod-disruption-budget.ts';

/** The columns of `kubectl get poddisruptionbudgets` (pkg/printers `printPodDisruptionBudget`). */
export const podDisruptionBudgetColumns: readonly Column<PodDisruptionBudget>[] = [
  {
    name: 'Min Available',
    type: 'string',
    description: 'How many pods must stay available.',
    value: ({ spec }) => String(spec?.minAvailable ?? 'N/A'),
  },
  {
    name: 'Max Unavailable',
    type: 'string',
    description: 'How many pods may be unavailable.',
    value: ({ spec }) => String(spec?.maxUnavailable ?? 'N/A'),
  },
  {
    name: 'Allowed Disruptions',
    type: 'integer',
    description: 'How many pods may be disrupted now.',
    value: ({ status }) => status?.disruptionsAllowed ?? 0,
  },
  age,
];
