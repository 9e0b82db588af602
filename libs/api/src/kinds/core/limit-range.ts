import { type Infer, list, map, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { createdAt } from '../columns.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const LimitRangeItem = message(
  'io.k8s.api.core.v1.LimitRangeItem',
  'What one thing of a type may ask for, by resource.',
  {
    type: one('string', 1, 'Of what: Container, Pod or PersistentVolumeClaim.', { required: true }),
    max: map('quantity', 2, 'The most.'),
    min: map('quantity', 3, 'The least.'),
    default: map('quantity', 4, 'The limit of those that name none.'),
    defaultRequest: map('quantity', 5, 'The request of those that name none.'),
    maxLimitRequestRatio: map('quantity', 6, 'The most that the limit may be of the request.'),
  },
);
export interface LimitRangeItem extends Infer<typeof LimitRangeItem> {}

export const LimitRangeSpec = message(
  'io.k8s.api.core.v1.LimitRangeSpec',
  'What single things in a namespace may ask for.',
  { limits: list(LimitRangeItem, 1, 'What is enforced, by type.', { required: true }) },
);
export interface LimitRangeSpec extends Infer<typeof LimitRangeSpec> {}

export const LimitRangeSchema = message(
  'io.k8s.api.core.v1.LimitRange',
  'Bounds and defaults for what single things in a namespace ask for.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(LimitRangeSpec, 2, 'What is enforced.', { keepsZero: false }),
  },
);
export interface LimitRange extends KindObject<typeof LimitRangeSchema> {}

export const limitRanges = kind({
  group: '',
  version: 'v1',
  kind: 'LimitRange',
  plural: 'limitranges',
  shortNames: ['limits'],
  namespaced: true,
  schema: LimitRangeSchema,
  columns: [createdAt],
});
