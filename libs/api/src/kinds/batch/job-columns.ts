import type { Column } from '../../schema/kind.ts';
import { age, humanDuration } from '../columns.ts';
import { templateColumns } from '../core/pod/template-columns.ts';
import { selectorColumn } from '../selector-column.ts';
import type { Job } from './job.ts';

/** The columns of `kubectl get jobs` (pkg/printers `printJob`). */
export const jobColumns: readonly Column<Job>[] = [
  { name: 'Status', type: 'string', description: 'State of the job, in one word.', value: jobState },
  {
    name: 'Completions',
    type: 'string',
    description: 'How many have succeeded, of how many.',
    value: completions,
  },
  { name: 'Duration', type: 'string', description: 'How long it has taken.', value: duration },
  age,
  ...templateColumns<Job>(({ spec }) => spec.template),
  selectorColumn,
];

function jobState({ metadata, status }: Job): string {
  const holds = (type: string) =>
    status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (holds('Suspended')) return 'Suspended';
  if (holds('FailureTarget')) return 'FailureTarget';
  if (holds('SuccessCriteriaMet')) return 'SuccessCriteriaMet';
  return 'Running';
}

function completions({ spec: { completions: wanted, parallelism = 0 }, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (wanted !== undefined) return `${succeeded}/${wanted}`;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function duration({ status }: Job, now: Date): string {
  if (status?.startTime === undefined) return '';
  const end = status.completionTime === undefined ? now.getTime() : Date.parse(status.completionTime);
  return humanDuration(end - Date.parse(status.startTime));
}
