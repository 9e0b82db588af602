import { type Infer, list, message, one } from '../../schema/fields.ts';

export const StatefulSetCondition = message(
  'io.k8s.api.apps.v1.StatefulSetCondition',
  "One aspect of a StatefulSet's current state.",
  {
    type: one('string', 1, 'Which aspect.', { required: true }),
    status: one('string', 2, 'True, False or Unknown.', { required: true }),
    lastTransitionTime: one('time', 3, 'When the status last changed.'),
    reason: one('string', 4, 'Why it last changed, in one word.'),
    message: one('string', 5, 'Why it last changed, in words for people.'),
  },
);
export interface StatefulSetCondition extends Infer<typeof StatefulSetCondition> {}

export const StatefulSetStatus = message(
  'io.k8s.api.apps.v1.StatefulSetStatus',
  'What was last seen of the pods.',
  {
    observedGeneration: one('int64', 1, 'The generation of the spec that this was judged by.'),
    replicas: one('int32', 2, 'How many there are.', { keepsZero: true, required: true }),
    readyReplicas: one('int32', 3, 'How many are ready.'),
    currentReplicas: one('int32', 4, 'How many are of currentRevision.'),
    updatedReplicas: one('int32', 5, 'How many are of updateRevision.'),
    currentRevision: one('string', 6, 'ControllerRevision that pods come from until they are updated.'),
    updateRevision: one('string', 7, 'ControllerRevision that pods are updated to.'),
    collisionCount: one('int32', 9, "How often a new ControllerRevision's name was taken.", {
      keepsZero: true,
    }),
    conditions: list(StatefulSetCondition, 10, 'The aspects of its state.', {
      mapKeys: ['type'],
      mergeKey: 'type',
    }),
    availableReplicas: one('int32', 11, 'How many have been ready for minReadySeconds.', {
      keepsZero: true,
      pointer: false,
    }),
  },
);
export interface StatefulSetStatus extends Infer<typeof StatefulSetStatus> {}
