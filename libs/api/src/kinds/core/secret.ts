import { map, message, one } from '../../schema/fields.ts';
import type { KindObject } from '../../schema/kind.ts';
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
