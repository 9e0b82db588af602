import type { Column } from '../../schema/kind.ts';
import { formatLabelSelector } from '../../selectors/format-label-selector.ts';
import { age, sinceTimestamp } from '../columns.ts';
import { templateColumns } from '../core/pod/template-columns.ts';
import type { CronJob } from './cron-job.ts';

/** The columns of `kubectl get cronjobs` (pkg/printers `printCronJob`). */
export const cronJobColumns: readonly Column<CronJob>[] = [
  {
    name: 'Schedule',
    type: 'string',
    description: 'When jobs are made.',
    value: ({ spec }) => spec.schedule,
  },
  {
    name: 'Timezone',
    type: 'string',
    description: 'Time zone of the schedule.',
    value: ({ spec }) => spec.timeZone ?? '<none>',
  },
  {
    name: 'Suspend',
    type: 'boolean',
    description: 'Whether no more jobs are started.',
    value: ({ spec: { suspend } }) => (suspend === undefined ? '<unset>' : suspend ? 'True' : 'False'),
  },
  {
    name: 'Active',
    type: 'integer',
    description: 'How many jobs run.',
    value: ({ status }) => status?.active?.length ?? 0,
  },
  {
    name: 'Last Schedule',
    type: 'string',
    description: 'Time since a job was last due.',
    value: ({ status }, now) =>
      status?.lastScheduleTime === undefined ? '<none>' : sinceTimestamp(status.lastScheduleTime, now),
  },
  age,
  ...templateColumns<CronJob>(({ spec }) => spec.jobTemplate?.spec?.template),
  {
    name: 'Selector',
    type: 'string',
    priority: 1,
    description: 'Labels of the pods that its jobs select.',
    value: ({ spec }) => formatLabelSelector(spec.jobTemplate?.spec?.selector),
  },
];
