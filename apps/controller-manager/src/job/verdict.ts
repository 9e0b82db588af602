import type { Job, JobCondition, JobStatus, Pod } from '@hawser/api';
import { timestamp } from '../node-lifecycle/node-condition.ts';
import type { Account } from './account.ts';
import { parseIndexes } from './index-set.ts';
import { isIndexed } from './job-pod.ts';

/** That a job has come to its end, and how. */
export interface Verdict {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

/** What is said of a job that will have ended when its last pods have. */
const INTERIM = { Complete: 'SuccessCriteriaMet', Failed: 'FailureTarget' } as const;

export function hasCondition(status: JobStatus | undefined, type: string): boolean {
  return status?.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
}

export function isFinished({ status }: Job): boolean {
  return hasCondition(status, 'Complete') || hasCondition(status, 'Failed');
}

/** Whether a job has reached its end; once it has been said, it stays so (pkg/controller/job `syncJob`). */
export function verdictOf(job: Job, books: Account, pods: readonly Pod[], now: Date): Verdict | undefined {
  return saidBefore(job.status) ?? failureOf(job, books, pods, now) ?? successOf(job, books);
}

function saidBefore(status: JobStatus | undefined): Verdict | undefined {
  for (const type of ['Failed', 'Complete'] as const) {
    const said = status?.conditions?.find((one) => one.type === INTERIM[type] && one.status === 'True');
    if (said !== undefined) return { type, reason: said.reason ?? '', message: said.message ?? '' };
  }
  return undefined;
}

function failureOf(job: Job, books: Account, pods: readonly Pod[], now: Date): Verdict | undefined {
  const { spec } = job;
  const failed = (reason: string, message: string): Verdict => ({ type: 'Failed', reason, message });
  if (books.failure !== undefined) return failed('PodFailurePolicy', books.failure);
  const { failed: counted = 0, uncountedTerminatedPods } = books.status;
  const failures = counted + (uncountedTerminatedPods?.failed?.length ?? 0);
  const limit = spec.backoffLimit ?? 6;
  if (failures > limit || restartsTooOften(job, pods, limit))
    return failed('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  if ((untilDeadline(job, now) ?? 1) <= 0)
    return failed('DeadlineExceeded', 'Job was active longer than specified deadline');
  if (spec.backoffLimitPerIndex === undefined) return undefined;
  const { completed, failedIndexes } = books;
  if (spec.maxFailedIndexes !== undefined && failedIndexes.size > spec.maxFailedIndexes)
    return failed(
      'MaxFailedIndexesExceeded',
      'Job has exceeded the specified maximal number of failed indexes',
    );
  const isOver = failedIndexes.size > 0 && completed.size + failedIndexes.size >= (spec.completions ?? 0);
  return isOver ? failed('FailedIndexes', 'Job has failed indexes') : undefined;
}

/** Containers that are restarted in place count as failures, too. */
function restartsTooOften({ spec }: Job, pods: readonly Pod[], limit: number): boolean {
  if (spec.template.spec.restartPolicy !== 'OnFailure') return false;
  const alive = pods.filter(({ status }) => status?.phase === 'Running' || status?.phase === 'Pending');
  const restarts = alive
    .flatMap(({ status }) => [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])])
    .reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** Milliseconds until the job has taken too long; undefined when it may take for ever. */
export function untilDeadline({ spec, status }: Job, now: Date): number | undefined {
  if (spec.activeDeadlineSeconds === undefined || status?.startTime === undefined || spec.suspend)
    return undefined;
  return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000 - now.getTime();
}

function successOf(job: Job, books: Account): Verdict | undefined {
  const { spec } = job;
  const { succeeded: counted = 0, active = 0, uncountedTerminatedPods } = books.status;
  const succeeded = counted + (uncountedTerminatedPods?.succeeded?.length ?? 0);
  const complete = (reason: string, message: string): Verdict => ({ type: 'Complete', reason, message });
  const rule = isIndexed(job) ? metRule(job, books.completed) : undefined;
  if (rule !== undefined) return complete('SuccessPolicy', `Matched rules at index ${rule}`);
  // Without a number that is wanted, one success is enough; the others may come to their end.
  const reached =
    spec.completions === undefined ? succeeded > 0 && active === 0 : succeeded >= spec.completions;
  return reached ? complete('CompletionsReached', 'Reached expected number of succeeded pods') : undefined;
}

function metRule({ spec }: Job, completed: ReadonlySet<number>): number | undefined {
  const rules = spec.successPolicy?.rules ?? [];
  const index = rules.findIndex(({ succeededIndexes, succeededCount }) => {
    const wanted = succeededIndexes === undefined ? undefined : parseIndexes(succeededIndexes);
    const hits =
      wanted === undefined ? completed.size : [...wanted].filter((one) => completed.has(one)).length;
    return hits >= (succeededCount ?? wanted?.size ?? 0);
  });
  return index < 0 ? undefined : index;
}

/** The status with what the verdict says: that it will have ended, and, when nothing is left to wait for, that it has. */
export function withVerdict(status: JobStatus, verdict: Verdict, now: Date): JobStatus {
  const { active = 0, terminating = 0, uncountedTerminatedPods } = status;
  const waits =
    active > 0 ||
    terminating > 0 ||
    Object.values(uncountedTerminatedPods ?? {}).some((uids) => uids.length > 0);
  let { conditions = [] } = status;
  const say = (type: string) => {
    if (hasCondition({ conditions }, type)) return;
    const { reason, message } = verdict;
    const time = timestamp(now);
    const said: JobCondition = {
      type,
      status: 'True',
      lastProbeTime: time,
      lastTransitionTime: time,
      reason,
      message,
    };
    conditions = [...conditions.filter((one) => one.type !== type), said];
  };
  say(INTERIM[verdict.type]);
  if (waits) return { ...status, conditions };
  say(verdict.type);
  return {
    ...status,
    conditions,
    startTime: status.startTime ?? timestamp(now),
    ...(verdict.type === 'Complete' ? { completionTime: timestamp(now) } : {}),
  };
}
