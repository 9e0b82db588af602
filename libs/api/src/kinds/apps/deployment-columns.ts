import type { Column } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import { templateColumns } from '../core/pod/template-columns.ts';
import { selectorColumn } from '../selector-column.ts';
import type { Deployment } from './deployment.ts';

/** The columns of `kubectl get deployments` (pkg/printers `printDeployment`). */
export const deploymentColumns: readonly Column<Deployment>[] = [
  {
    name: 'Ready',
    type: 'string',
    description: 'How many pods are ready, of how many.',
    value: ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
  },
  {
    name: 'Up-to-date',
    type: 'string',
    description: 'How many are of the current template.',
    value: ({ status }) => status?.updatedReplicas ?? 0,
  },
  {
    name: 'Available',
    type: 'string',
    description: 'How many have been ready for minReadySeconds.',
    value: ({ status }) => status?.availableReplicas ?? 0,
  },
  age,
  ...templateColumns<Deployment>(({ spec }) => spec.template),
  selectorColumn,
];
