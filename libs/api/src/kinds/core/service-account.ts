import { list, message, one } from '../../schema/fields.ts';
import type { KindObject } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { LocalObjectReference, ObjectReference } from './object-reference.ts';

export const ServiceAccountSchema = message(
  'io.k8s.api.core.v1.ServiceAccount',
  'An identity for processes in pods.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    secrets: list(ObjectReference, 2, 'Secrets that pods of this account may use.', {
      mapKeys: ['name'],
      mergeKey: 'name',
    }),
    imagePullSecrets: list(LocalObjectReference, 3, 'Registry credentials for pods of this account.'),
    automountServiceAccountToken: one(
      'bool',
      4,
      'Whether pods get a token mounted unless they say otherwise.',
      { keepsZero: true },
    ),
  },
);
export interface ServiceAccount extends KindObject<typeof ServiceAccountSchema> {}
