import { type Infer, list, message, one } from '../../../schema/fields.ts';
import { LabelSelector } from '../../meta/label-selector.ts';

export const TopologySpreadConstraint = message(
  'io.k8s.api.core.v1.TopologySpreadConstraint',
  'How evenly matching pods are spread over places.',
  {
    maxSkew: one('int32', 1, 'By how many pods places may differ.', { required: true }),
    topologyKey: one('string', 2, 'Node label whose equal values mean the same place.', { required: true }),
    whenUnsatisfiable: one('string', 3, 'Whether to wait or to schedule all the same.', {
      required: true,
      enum: ['DoNotSchedule', 'ScheduleAnyway'],
    }),
    labelSelector: one(LabelSelector, 4, 'Which pods count.'),
    minDomains: one('int32', 5, 'With fewer places than this, the least count is taken as 0.', {
      keepsZero: true,
    }),
    nodeAffinityPolicy: one('string', 6, "Whether only nodes that the pod's affinity allows count.", {
      keepsZero: true,
      enum: ['Ignore', 'Honor'],
    }),
    nodeTaintsPolicy: one('string', 7, 'Whether only nodes whose taints the pod tolerates count.', {
      keepsZero: true,
      enum: ['Ignore', 'Honor'],
    }),
    matchLabelKeys: list('string', 8, "Pod label keys whose values must equal the incoming pod's."),
  },
);
export interface TopologySpreadConstraint extends Infer<typeof TopologySpreadConstraint> {}
