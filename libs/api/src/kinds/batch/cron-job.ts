import { type Infer, list, message, one } from '../../schema/fields.ts';
import { type KindObject, kind, STATUS } from '../../schema/kind.ts';
import { ObjectReference } from '../core/object-reference.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { cronJobColumns } from './cron-job-columns.ts';
import { JobSpec } from './job-spec.ts';

export const JobTemplateSpec = message('io.k8s.api.batch.v1.JobTemplateSpec', 'What jobs look like.', {
  metadata: one(ObjectMeta, 1, 'Labels and annotations that each job gets.', { keepsZero: false }),
  spec: one(JobSpec, 2, 'What each job shall do.', { required: true, inOpenApi: 'optional' }),
});
export interface JobTemplateSpec extends Infer<typeof JobTemplateSpec> {}

export const CronJobSpec = message('io.k8s.api.batch.v1.CronJobSpec', 'What shall be done, and when.', {
  schedule: one('string', 1, 'When, in cron format: minute, hour, day of month, month, day of week.', {
    required: true,
  }),
  timeZone: one('string', 8, "Time zone of the schedule; the controller manager's if absent.", {
    keepsZero: true,
  }),
  startingDeadlineSeconds: one('int64', 2, 'Seconds after which a job that was not started is given up.', {
    keepsZero: true,
  }),
  concurrencyPolicy: one('string', 3, 'Allow, Forbid or Replace a job that still runs.', {
    default: 'Allow',
    enum: ['Allow', 'Forbid', 'Replace'],
  }),
  suspend: one('bool', 4, 'Whether no more jobs are started.', { keepsZero: true, default: false }),
  jobTemplate: one(JobTemplateSpec, 5, 'What the jobs look like.', { required: true }),
  successfulJobsHistoryLimit: one('int32', 6, 'How many jobs that succeeded are kept.', {
    keepsZero: true,
    default: 3,
  }),
  failedJobsHistoryLimit: one('int32', 7, 'How many jobs that failed are kept.', {
    keepsZero: true,
    default: 1,
  }),
});
export interface CronJobSpec extends Infer<typeof CronJobSpec> {}

export const CronJobStatus = message('io.k8s.api.batch.v1.CronJobStatus', 'What was last seen of the jobs.', {
  active: list(ObjectReference, 1, 'Jobs that run.'),
  lastScheduleTime: one('time', 4, 'When a job was last due.', { keepsZero: true }),
  lastSuccessfulTime: one('time', 5, 'When a job last succeeded.', { keepsZero: true }),
});
export interface CronJobStatus extends Infer<typeof CronJobStatus> {}

export const CronJobSchema = message('io.k8s.api.batch.v1.CronJob', 'Makes jobs at set times.', {
  metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
  spec: one(CronJobSpec, 2, 'What shall be done, and when.', { required: true, inOpenApi: 'optional' }),
  status: one(CronJobStatus, 3, 'What was last seen; kept by the system.', { keepsZero: false }),
});
export interface CronJob extends KindObject<typeof CronJobSchema> {}

export const cronJobs = kind({
  group: 'batch',
  version: 'v1',
  kind: 'CronJob',
  plural: 'cronjobs',
  shortNames: ['cj'],
  categories: ['all'],
  namespaced: true,
  schema: CronJobSchema,
  subresources: STATUS,
  columns: cronJobColumns,
});
