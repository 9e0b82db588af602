import { type FieldError, invalidValue } from '@hawser/api';
import { nonnegativeFields } from '../validation/numbers.ts';

interface Counts {
  replicas?: number;
  fullyLabeledReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  terminatingReplicas?: number;
  observedGeneration?: number;
}

const PARTS = ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const;

/** Faults of the numbers that a ReplicaSet or ReplicationController reports (apps/validation, ValidateReplicaSetStatus). */
export function replicaCountFaults(status: Counts = {}): FieldError[] {
  return [
    ...nonnegativeFields('status', status, [
      'replicas',
      ...PARTS,
      'terminatingReplicas',
      'observedGeneration',
    ]),
    ...replicaPartFaults(status, PARTS),
  ];
}

/** Faults of numbers of pods that are part of all, and of more available than ready. */
export function replicaPartFaults<P extends string>(
  status: { [K in P]?: number } & Pick<Counts, 'replicas' | 'readyReplicas' | 'availableReplicas'>,
  parts: readonly P[],
): FieldError[] {
  const { replicas = 0, readyReplicas = 0, availableReplicas = 0 } = status;
  const faults = parts
    .filter((part) => (status[part] ?? 0) > replicas)
    .map((part) => invalidValue(`status.${part}`, status[part], 'cannot be greater than status.replicas'));
  if (availableReplicas > readyReplicas)
    faults.push(
      invalidValue('status.availableReplicas', availableReplicas, 'cannot be greater than readyReplicas'),
    );
  return faults;
}
