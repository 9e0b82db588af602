import { list, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { age } from '../columns.ts';
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

export const serviceAccounts = kind({
  group: '',
  version: 'v1',
  kind: 'ServiceAccount',
  plural: 'serviceaccounts',
  shortNames: ['sa'],
  namespaced: true,
  schema: ServiceAccountSchema,
  subresources: {
    token: {
      verbs: ['create'],
      kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
    },
  },
  // No count of secrets: v1.35 took that column away.
  columns: [age],
});
