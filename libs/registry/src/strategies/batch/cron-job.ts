import {
  CronError,
  type CronJob,
  type FieldError,
  invalidValue,
  isTimeZone,
  notSupported,
  parseCron,
} from '@hawser/api';
import type { Strategy } from '../../strategy.ts';
import { nonnegativeFields } from '../../validation/numbers.ts';
import { completePodTemplate, podTemplateWarnings } from '../pod-template.ts';
import { jobSpecFaults } from './job-faults.ts';

type Data = CronJob & Record<string, unknown>;

/** A job's name is the CronJob's and eleven characters of time. */
const MAX_NAME_LENGTH = 52;

export const cronJobStrategy: Strategy<Data> = {
  countsGenerations: true,

  prepareForCreate(cronJob) {
    complete(cronJob);
    cronJob.status = {};
  },

  prepareForUpdate: complete,

  warnings: ({ spec }) =>
    podTemplateWarnings(spec?.jobTemplate?.spec?.template, 'spec.jobTemplate.spec.template'),

  validate({ metadata: { name = '' }, spec }) {
    const faults = [
      ...scheduleFaults(spec),
      ...timeZoneFaults(spec.timeZone),
      ...nonnegativeFields('spec', spec, [
        'startingDeadlineSeconds',
        'successfulJobsHistoryLimit',
        'failedJobsHistoryLimit',
      ]),
      ...templateFaults(spec),
    ];
    if (name.length > MAX_NAME_LENGTH)
      faults.push(invalidValue('metadata.name', name, `must be no more than ${MAX_NAME_LENGTH} characters`));
    return faults;
  },
};

function complete(cronJob: Data): void {
  cronJob.spec ??= {} as Data['spec'];
  cronJob.spec.jobTemplate ??= {} as Data['spec']['jobTemplate'];
  const { jobTemplate } = cronJob.spec;
  jobTemplate.spec ??= {} as Data['spec']['jobTemplate']['spec'];
  jobTemplate.spec.template ??= {} as Data['spec']['jobTemplate']['spec']['template'];
  completePodTemplate(jobTemplate.spec.template);
}

function scheduleFaults({ schedule }: Data['spec']): FieldError[] {
  // That it is missing is told by the schema.
  if (!schedule) return [];
  const faults: FieldError[] = [];
  try {
    parseCron(schedule);
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    faults.push(invalidValue('spec.schedule', schedule, error.message));
  }
  if (schedule.includes('TZ'))
    faults.push(
      invalidValue(
        'spec.schedule',
        schedule,
        'cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
      ),
    );
  return faults;
}

function timeZoneFaults(timeZone: string | undefined): FieldError[] {
  const refuse = (detail: string) => [invalidValue('spec.timeZone', timeZone, detail)];
  if (timeZone === undefined) return [];
  if (timeZone === '') return refuse('timeZone must be nil or non-empty string');
  if (timeZone.toLowerCase() === 'local')
    return refuse('timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones');
  return isTimeZone(timeZone) ? [] : refuse(`unknown time zone ${timeZone}`);
}

function templateFaults({ jobTemplate: { spec } }: Data['spec']): FieldError[] {
  const at = 'spec.jobTemplate.spec';
  const faults = jobSpecFaults(spec, at);
  if (spec.selector !== undefined)
    faults.push(invalidValue(`${at}.selector`, spec.selector, '`selector` will be auto-generated'));
  if (spec.manualSelector)
    faults.push(notSupported(`${at}.manualSelector`, spec.manualSelector, ['nil', 'false']));
  return faults;
}
