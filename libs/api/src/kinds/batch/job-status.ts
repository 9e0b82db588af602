import { type Infer, list, message, one } from '../../schema/fields.ts';

export const JobCondition = message(
  'io.k8s.api.batch.v1.JobCondition',
  "One aspect of a job's current state.",
  {
    type: one('string', 1, 'Suspended, Complete, Failed, FailureTarget or SuccessCriteriaMet.', {
      required: true,
    }),
    status: one('string', 2, 'True, False or Unknown.', { required: true }),
    lastProbeTime: one('time', 3, 'When it was last looked at.'),
    lastTransitionTime: one('time', 4, 'When the status last changed.'),
    reason: one('string', 5, 'Why it last changed, in one word.'),
    message: one('string', 6, 'Why it last changed, in words for people.'),
  },
);
export interface JobCondition extends Infer<typeof JobCondition> {}

export const UncountedTerminatedPods = message(
  'io.k8s.api.batch.v1.UncountedTerminatedPods',
  'Pods that have ended and are not in the counters yet.',
  {
    succeeded: list('string', 1, 'UIDs of those that succeeded.', { listType: 'set' }),
    failed: list('string', 2, 'UIDs of those that failed.', { listType: 'set' }),
  },
);
export interface UncountedTerminatedPods extends Infer<typeof UncountedTerminatedPods> {}

export const JobStatus = message('io.k8s.api.batch.v1.JobStatus', 'What was last seen of the pods.', {
  conditions: list(JobCondition, 1, 'The aspects of its state.', { mergeKey: 'type' }),
  startTime: one('time', 2, 'When work on it began, or was last resumed.', { keepsZero: true }),
  completionTime: one('time', 3, 'When it succeeded.', { keepsZero: true }),
  active: one('int32', 4, 'How many pods are pending or running.'),
  succeeded: one('int32', 5, 'How many have succeeded.'),
  failed: one('int32', 6, 'How many have failed.'),
  terminating: one('int32', 11, 'How many are being deleted.', { keepsZero: true }),
  completedIndexes: one('string', 7, 'Indexes that have succeeded, such as `1,3-5`.'),
  failedIndexes: one('string', 10, 'Indexes that have failed for good.', { keepsZero: true }),
  uncountedTerminatedPods: one(UncountedTerminatedPods, 8, 'Pods that are not in the counters yet.'),
  ready: one('int32', 9, 'How many are ready.', { keepsZero: true }),
});
export interface JobStatus extends Infer<typeof JobStatus> {}
