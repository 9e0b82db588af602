import { type Infer, message, one } from '../../../schema/fields.ts';

export const Toleration = message(
  'io.k8s.api.core.v1.Toleration',
  'Lets a pod onto nodes that carry a matching taint.',
  {
    key: one('string', 1, "The taint's key; empty with Exists matches every key."),
    operator: one('string', 2, 'How the value is compared; Equal if absent.', {
      enum: ['Exists', 'Equal', 'Lt', 'Gt'],
    }),
    value: one('string', 3, "The taint's value."),
    effect: one('string', 4, "The taint's effect; empty matches every effect.", {
      enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'],
    }),
    tolerationSeconds: one('int64', 5, 'For NoExecute, how long the pod may stay; for ever if absent.', {
      keepsZero: true,
    }),
  },
);
export interface Toleration extends Infer<typeof Toleration> {}
