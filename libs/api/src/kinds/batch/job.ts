import { message, one } from '../../schema/fields.ts';
import { type KindObject, kind, STATUS } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { jobColumns } from './job-columns.ts';
import { JobSpec } from './job-spec.ts';
import { JobStatus } from './job-status.ts';

export const JobSchema = message('io.k8s.api.batch.v1.Job', 'Runs pods until enough have succeeded.', {
  metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
  spec: one(JobSpec, 2, 'What shall be done.', { required: true, inOpenApi: 'optional' }),
  status: one(JobStatus, 3, 'What was last seen; kept by the system.', { keepsZero: false }),
});
export interface Job extends KindObject<typeof JobSchema> {}

export const jobs = kind({
  group: 'batch',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  categories: ['all'],
  namespaced: true,
  schema: JobSchema,
  subresources: STATUS,
  columns: jobColumns,
  fieldLabels: { 'status.successful': ({ status }) => String(status?.succeeded ?? 0) },
});
