import { type Infer, list, message, one } from '../../schema/fields.ts';

export const FieldSelectorRequirement = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement',
  'A requirement on one field.',
  {
    key: one('string', 1, "The field's label, such as `spec.nodeName`.", { required: true }),
    operator: one('string', 2, 'In, NotIn, Exists or DoesNotExist.', { required: true }),
    values: list('string', 3, 'For In and NotIn, the values; else empty.'),
  },
);
export interface FieldSelectorRequirement extends Infer<typeof FieldSelectorRequirement> {}
