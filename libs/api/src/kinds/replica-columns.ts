import type { Column } from '../schema/kind.ts';

interface Replicated {
  spec: { replicas?: number };
  status?: { replicas?: number; readyReplicas?: number };
}

/** How many pods there shall be and are, of a ReplicaSet or a ReplicationController. */
export const replicaColumns: readonly Column<Replicated>[] = [
  {
    name: 'Desired',
    type: 'integer',
    description: 'How many pods there shall be.',
    value: ({ spec }) => spec.replicas ?? 0,
  },
  {
    name: 'Current',
    type: 'integer',
    description: 'How many there are.',
    value: ({ status }) => status?.replicas ?? 0,
  },
  {
    name: 'Ready',
    type: 'integer',
    description: 'How many are ready.',
    value: ({ status }) => status?.readyReplicas ?? 0,
  },
];
