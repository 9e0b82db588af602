import type { Job, JobCondition, JobStatus } from '@hawser/api';
import type { EventRecorder } from '@hawser/client';
import { timestamp } from '../node-lifecycle/node-condition.ts';

/** The status with what is to be said of a job that was suspended or resumed. */
export function withSuspension(
  job: Job,
  status: JobStatus,
  now: Date,
  recorder: Pick<EventRecorder, 'event'>,
): JobStatus {
  const suspended = job.spec.suspend ?? false;
  const said = status.conditions?.find(({ type }) => type === 'Suspended');
  if (said === undefined && !suspended) return status;
  if (said !== undefined && (said.status === 'True') === suspended) return status;
  const time = timestamp(now);
  const [reason, message] = suspended ? ['JobSuspended', 'Job suspended'] : ['JobResumed', 'Job resumed'];
  const next: JobCondition = {
    type: 'Suspended',
    status: suspended ? 'True' : 'False',
    lastProbeTime: time,
    lastTransitionTime: time,
    reason,
    message,
  };
  recorder.event(job, 'Normal', suspended ? 'Suspended' : 'Resumed', message);
  const others = (status.conditions ?? []).filter(({ type }) => type !== 'Suspended');
  const { startTime: _before, ...rest } = status;
  // The time that it was suspended does not count against its deadline.
  return { ...rest, conditions: [...others, next], ...(suspended ? {} : { startTime: time }) };
}
