import { type Infer, list, message, one } from '../../schema/fields.ts';

export const TopologySelectorLabelRequirement = message(
  'io.k8s.api.core.v1.TopologySelectorLabelRequirement',
  'A label with the values that it may have.',
  {
    key: one('string', 1, "The label's key.", { required: true }),
    values: list('string', 2, 'The values, one of which it must have.', { required: true }),
  },
);
export interface TopologySelectorLabelRequirement extends Infer<typeof TopologySelectorLabelRequirement> {}

export const TopologySelectorTerm = message(
  'io.k8s.api.core.v1.TopologySelectorTerm',
  'Where something may be, told by labels of nodes.',
  {
    matchLabelExpressions: list(TopologySelectorLabelRequirement, 1, 'Requirements that must all hold.'),
  },
  { atomic: true },
);
export interface TopologySelectorTerm extends Infer<typeof TopologySelectorTerm> {}
