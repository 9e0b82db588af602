import { type FieldError, invalidValue, type Job, required } from '@hawser/api';
import { nonnegativeFields } from '../../validation/numbers.ts';

/** Faults of what is reported of a job: a finished one stays as it is (batch/validation, ValidateJobStatusUpdate). */
export function jobStatusFaults({ status = {}, spec }: Job, old: Job): FieldError[] {
  const holds = (type: string) => hasTrue({ status }, type);
  const finished = holds('Complete') || holds('Failed');
  const { startTime, completionTime, active = 0, terminating = 0, ready = 0 } = status;
  const { succeeded: countedOn = [], failed: countedOff = [] } = status.uncountedTerminatedPods ?? {};
  const faults = nonnegativeFields('status', status, [
    'active',
    'succeeded',
    'failed',
    'ready',
    'terminating',
  ]);
  const refuse = (when: boolean, detail: string) => {
    if (when) faults.push(invalidValue('status.conditions', undefined, detail));
  };
  refuse(holds('Complete') && holds('Failed'), 'cannot set Complete=True and Failed=true conditions');
  refuse(
    holds('Complete') && holds('FailureTarget'),
    'cannot set Complete=True and FailureTarget=true conditions',
  );
  refuse(
    holds('SuccessCriteriaMet') && holds('Failed'),
    'cannot set SuccessCriteriaMet=True and Failed=true conditions',
  );
  refuse(
    holds('SuccessCriteriaMet') && holds('FailureTarget'),
    'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
  );
  for (const type of ['Complete', 'Failed', 'FailureTarget', 'SuccessCriteriaMet'])
    refuse(hasTrue(old, type) && !holds(type), `cannot disable ${type}=True condition`);
  if (completionTime !== undefined && !holds('Complete'))
    faults.push(
      invalidValue(
        'status.completionTime',
        completionTime,
        'cannot set completionTime when there is no Complete=True condition',
      ),
    );
  if (completionTime === undefined && holds('Complete'))
    faults.push(required('status.completionTime', 'completionTime is required for Complete jobs'));
  if (startTime === undefined && finished)
    faults.push(required('status.startTime', 'startTime is required for finished job'));
  if (finished && active > 0)
    faults.push(invalidValue('status.active', active, 'active>0 is invalid for finished job'));
  if (finished && terminating > 0)
    faults.push(invalidValue('status.terminating', terminating, 'terminating>0 is invalid for finished job'));
  if (finished && countedOn.length + countedOff.length > 0)
    faults.push(
      invalidValue(
        'status.uncountedTerminatedPods',
        status.uncountedTerminatedPods,
        'uncountedTerminatedPods needs to be empty for finished job',
      ),
    );
  if (ready > active)
    faults.push(invalidValue('status.ready', ready, 'cannot set more ready pods than active'));
  if (status.completedIndexes && spec.completionMode !== 'Indexed')
    faults.push(
      invalidValue(
        'status.completedIndexes',
        status.completedIndexes,
        'cannot set non-empty completedIndexes when non-indexed completion mode',
      ),
    );
  return faults;
}

function hasTrue({ status }: Pick<Job, 'status'>, type: string): boolean {
  return status?.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
}
