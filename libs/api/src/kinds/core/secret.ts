import { map, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const SecretSchema = message(
  'io.k8s.api.core.v1.Secret',
  'Values that only few may read; encrypted at rest.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    immutable: one('bool', 5, 'When true, the data can no longer change.', { keepsZero: true }),
    data: map('bytes', 2, 'Values by key, in base64.'),
    stringData: map('string', 4, 'Values as plain text, for writing only; they replace those of data.'),
    type: one('string', 3, 'What the keys mean.', { default: 'Opaque' }),
  },
);
export interface Secret extends KindObject<typeof SecretSchema> {}

export const secrets = kind({
  group: '',
  version: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  namespaced: true,
  schema: SecretSchema,
  columns: [
    {
      name: 'Type',
      type: 'string',
      description: 'What the keys mean.',
      value: (secret) => secret.type ?? '',
    },
    {
      name: 'Data',
      type: 'string',
      description: 'Number of entries.',
      value: (secret) => Object.keys(secret.data ?? {}).length,
    },
    age,
  ],
  fieldLabels: { type: (secret) => secret.type ?? '' },
});
