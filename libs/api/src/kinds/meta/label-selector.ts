import { type Infer, list, map, message, one } from '../../schema/fields.ts';

export const LabelSelectorRequirement = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement',
  'A requirement on one label.',
  {
    key: one('string', 1, "The label's key.", { required: true }),
    operator: one('string', 2, 'In, NotIn, Exists or DoesNotExist.', { required: true }),
    values: list('string', 3, 'For In and NotIn, the values; else empty.'),
  },
);
export interface LabelSelectorRequirement extends Infer<typeof LabelSelectorRequirement> {}

export const LabelSelector = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector',
  'Selects objects by their labels; every requirement must hold, and an empty one selects all.',
  {
    matchLabels: map('string', 1, 'Labels that must be there with these values.'),
    matchExpressions: list(LabelSelectorRequirement, 2, 'Requirements in the longer form.'),
  },
  { atomic: true },
);
export interface LabelSelector extends Infer<typeof LabelSelector> {}
