import { type Infer, message, one } from '../../schema/fields.ts';

export const Taint = message('io.k8s.api.core.v1.Taint', 'Keeps pods that do not tolerate it off a node.', {
  key: one('string', 1, 'Key of the taint.', { required: true }),
  value: one('string', 2, 'Value of the taint.'),
  effect: one('string', 3, 'What it does to pods that do not tolerate it.', {
    required: true,
    enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'],
  }),
  timeAdded: one('time', 4, 'When it was added.', { keepsZero: true }),
});
export interface Taint extends Infer<typeof Taint> {}
