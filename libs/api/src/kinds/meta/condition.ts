import { type Infer, message, one } from '../../schema/fields.ts';

export const Condition = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.Condition',
  "One aspect of an object's current state.",
  {
    type: one('string', 1, 'Which aspect, in CamelCase.', { required: true }),
    status: one('string', 2, 'True, False or Unknown.', { required: true }),
    observedGeneration: one('int64', 3, 'The generation of the object from which this was judged.'),
    lastTransitionTime: one('time', 4, 'When the status last changed.', { required: true }),
    reason: one('string', 5, 'Why it last changed, in one CamelCase word.', { required: true }),
    message: one('string', 6, 'Why it last changed, in words for people; may be empty.', { required: true }),
  },
);
export interface Condition extends Infer<typeof Condition> {}
