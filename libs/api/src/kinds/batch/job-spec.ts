import { type Infer, message, one } from '../../schema/fields.ts';
import { PodTemplateSpec } from '../core/pod/pod-template-spec.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { PodFailurePolicy, SuccessPolicy } from './job-policies.ts';

const KEEP = { keepsZero: true } as const;

/** Its defaults are those of a Job; the template of a CronJob does not get them. */
export const JobSpec = message('io.k8s.api.batch.v1.JobSpec', 'What shall be done.', {
  parallelism: one('int32', 1, 'How many pods may run at once.', KEEP),
  completions: one('int32', 2, 'How many must succeed; if absent, one is enough.', KEEP),
  activeDeadlineSeconds: one('int64', 3, 'Seconds after which the job has failed.', KEEP),
  podFailurePolicy: one(PodFailurePolicy, 11, 'What follows from failed pods.'),
  successPolicy: one(SuccessPolicy, 16, 'When an indexed job has succeeded.'),
  backoffLimit: one('int32', 7, 'How many pods may fail.', KEEP),
  backoffLimitPerIndex: one('int32', 12, 'How many pods of one index may fail.', KEEP),
  maxFailedIndexes: one('int32', 13, 'How many indexes may fail.', KEEP),
  selector: one(LabelSelector, 4, 'Which pods are meant; made by the system.'),
  manualSelector: one('bool', 5, 'Whether the selector is as written.', KEEP),
  template: one(PodTemplateSpec, 6, 'What the pods look like.', { required: true }),
  ttlSecondsAfterFinished: one('int32', 8, 'Seconds after its end when the job is deleted.', KEEP),
  completionMode: one('string', 9, 'NonIndexed, or Indexed: each completion has a number.', KEEP),
  suspend: one('bool', 10, 'Whether no pods shall run for now.', KEEP),
  podReplacementPolicy: one(
    'string',
    14,
    'Whether a pod is replaced when it is being deleted (TerminatingOrFailed) or when it has ended (Failed).',
    KEEP,
  ),
  managedBy: one('string', 15, 'The controller that keeps the job; the built-in one if absent.', KEEP),
});
export interface JobSpec extends Infer<typeof JobSpec> {}
