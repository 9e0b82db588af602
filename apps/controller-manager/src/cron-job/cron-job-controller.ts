import { isDeepStrictEqual } from 'node:util';
import {
  CronError,
  type CronJob,
  type CronSchedule,
  cronJobs,
  isTimeZone,
  type Job,
  jobs,
  parseCron,
} from '@hawser/api';
import { type Informer, isAlreadyExists, isNamespaceTerminating, keyOf } from '@hawser/client';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { hasCondition, isFinished } from '../job/verdict.ts';
import { timestamp } from '../node-lifecycle/node-condition.ts';
import { indexByController, managedBy } from '../ownership/controller-index.ts';
import { controllerOf, controllerReference, isControlledBy, refersTo } from '../ownership/controller-ref.ts';
import { dueTime, MANY_MISSED } from './due-time.ts';

const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
/** A little after the minute, so that it has surely come. */
const LATE_MS = 100;

/** Makes jobs at set times (pkg/controller/cronjob). */
export function createCronJobController(context: ControllerContext): Controller {
  return new CronJobController(context).reconciler;
}

class CronJobController {
  readonly reconciler: Reconciler;
  readonly #cronJobs: Informer<typeof cronJobs>;
  readonly #jobs: Informer<typeof jobs>;

  constructor(private readonly context: ControllerContext) {
    const { informers } = context;
    this.#cronJobs = informers.get(cronJobs);
    this.#jobs = informers.get(jobs);
    indexByController(this.#jobs);
    const sync = (key: string, signal: AbortSignal) => this.#sync(key, signal);
    this.reconciler = new Reconciler(context, { name: 'cronjob-controller', sync });
    this.reconciler.follow(this.#cronJobs).follow(this.#jobs, (job) => {
      const reference = controllerOf(job);
      const isOurs = reference !== undefined && refersTo(reference, cronJobs);
      return isOurs ? [`${job.metadata.namespace}/${reference.name}`] : [];
    });
  }

  async #sync(key: string, signal: AbortSignal): Promise<void> {
    const cached = this.#cronJobs.get(key);
    if (cached === undefined) return;
    const cronJob = structuredClone(cached);
    const children = managedBy(this.#jobs, cronJob.metadata.uid);
    this.#settleActive(cronJob, children);
    await this.#removeOld(cronJob, children, signal);
    if (cronJob.metadata.deletionTimestamp === undefined && !cronJob.spec.suspend)
      await this.#start(key, cronJob, signal);
    if (isDeepStrictEqual(cronJob.status, cached.status)) return;
    await this.context.client.update(cronJobs, cronJob, { subresource: 'status', signal });
  }

  /** The list of what runs follows what is seen of the jobs. */
  #settleActive(cronJob: CronJob, children: readonly Job[]): void {
    const { recorder } = this.context;
    cronJob.status ??= {};
    const { status } = cronJob;
    const byUid = new Map(children.map((job) => [job.metadata.uid, job]));
    const active = (status.active ?? []).filter(({ uid, name }) => {
      const job = byUid.get(uid);
      if (job === undefined) {
        // One that was made a moment ago may not be cached yet.
        if (this.#isFresh(cronJob, name ?? '')) return true;
        recorder.event(cronJob, 'Normal', 'MissingJob', `Active job went missing: ${name}`);
        return false;
      }
      if (!isFinished(job)) return true;
      const how = hasCondition(job.status, 'Complete') ? 'Complete' : 'Failed';
      recorder.event(cronJob, 'Normal', 'SawCompletedJob', `Saw completed job: ${name}, condition: ${how}`);
      return false;
    });
    if (active.length > 0) status.active = active;
    else delete status.active;
    for (const job of children) {
      const { completionTime } = job.status ?? {};
      if (completionTime === undefined || !hasCondition(job.status, 'Complete')) continue;
      if (completionTime > (status.lastSuccessfulTime ?? '')) status.lastSuccessfulTime = completionTime;
    }
  }

  #isFresh({ metadata, status }: CronJob, name: string): boolean {
    const scheduled = status?.lastScheduleTime;
    if (scheduled === undefined || name !== jobName(metadata.name, new Date(scheduled))) return false;
    return this.context.clock.now().getTime() - Date.parse(scheduled) < 60_000;
  }

  /** Deletes the oldest jobs that have ended, beyond what is to be kept. */
  async #removeOld(cronJob: CronJob, children: readonly Job[], signal: AbortSignal): Promise<void> {
    const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cronJob.spec;
    const started = ({ status, metadata }: Job) => status?.startTime ?? metadata.creationTimestamp ?? '';
    const oldestFirst = children.toSorted((a, b) => (started(a) < started(b) ? -1 : 1));
    for (const [type, limit] of [
      ['Complete', successfulJobsHistoryLimit],
      ['Failed', failedJobsHistoryLimit],
    ] as const) {
      const ended = oldestFirst.filter((job) => hasCondition(job.status, type));
      if (limit === undefined) continue;
      for (const job of ended.slice(0, Math.max(0, ended.length - limit)))
        await this.#delete(cronJob, job, signal);
    }
  }

  async #delete(cronJob: CronJob, job: Job, signal: AbortSignal): Promise<void> {
    const { client, recorder } = this.context;
    const { name, namespace, uid, deletionTimestamp } = job.metadata;
    if (deletionTimestamp !== undefined) return;
    const options = { namespace, uid, propagationPolicy: 'Background', signal } as const;
    await client.delete(jobs, name, options).catch(ignoreNotFound);
    recorder.event(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`);
  }

  /** Makes the job that is due, and comes back when the next will be. */
  async #start(key: string, cronJob: CronJob, signal: AbortSignal): Promise<void> {
    const schedule = this.#scheduleOf(cronJob);
    if (schedule === undefined) return;
    const now = this.context.clock.now();
    const next = schedule.next(now);
    if (next !== undefined) this.reconciler.queue.addAfter(key, next.getTime() - now.getTime() + LATE_MS);
    const { due, missed } = dueTime(cronJob, schedule, now);
    if (due === undefined || timestamp(due) === cronJob.status?.lastScheduleTime) return;
    if (missed > MANY_MISSED)
      this.context.recorder.event(
        cronJob,
        'Warning',
        'TooManyMissedTimes',
        `too many missed start times: ${missed}. Set or decrease .spec.startingDeadlineSeconds or check clock skew`,
      );
    if (await this.#mayStart(cronJob, due, now, signal)) await this.#create(cronJob, due, signal);
  }

  #scheduleOf(cronJob: CronJob): CronSchedule | undefined {
    const { schedule, timeZone } = cronJob.spec;
    const { recorder } = this.context;
    if (timeZone !== undefined && !isTimeZone(timeZone)) {
      recorder.event(
        cronJob,
        'Warning',
        'UnknownTimeZone',
        `invalid timeZone: ${JSON.stringify(timeZone)}: unknown time zone ${timeZone}`,
      );
      return undefined;
    }
    try {
      return parseCron(schedule, timeZone);
    } catch (error) {
      if (!(error instanceof CronError)) throw error;
      const words = `unparseable schedule: ${JSON.stringify(schedule)} : ${error.message}`;
      recorder.event(cronJob, 'Warning', 'UnparseableSchedule', words);
      return undefined;
    }
  }

  async #mayStart(cronJob: CronJob, due: Date, now: Date, signal: AbortSignal): Promise<boolean> {
    const { recorder } = this.context;
    const { concurrencyPolicy, startingDeadlineSeconds } = cronJob.spec;
    if (
      startingDeadlineSeconds !== undefined &&
      due.getTime() + startingDeadlineSeconds * 1000 < now.getTime()
    ) {
      const words = `Missed scheduled time to start a job: ${due.toUTCString()}`;
      recorder.event(cronJob, 'Warning', 'MissSchedule', words);
      return false;
    }
    const active = cronJob.status?.active ?? [];
    if (active.length === 0 || concurrencyPolicy === 'Allow') return true;
    if (concurrencyPolicy === 'Forbid') {
      recorder.event(
        cronJob,
        'Normal',
        'JobAlreadyActive',
        'Not starting job because prior execution is running and concurrency policy is Forbid',
      );
      return false;
    }
    for (const { name } of active) {
      const job = this.#jobs.get(`${cronJob.metadata.namespace}/${name}`);
      if (job !== undefined && isControlledBy(job, cronJob)) await this.#delete(cronJob, job, signal);
    }
    delete cronJob.status?.active;
    return true;
  }

  async #create(cronJob: CronJob, due: Date, signal: AbortSignal): Promise<void> {
    const { client, recorder } = this.context;
    const { namespace } = cronJob.metadata;
    const wanted = jobFor(cronJob, due);
    let job: Job;
    try {
      job = await client.create(jobs, wanted, { namespace, signal });
      recorder.event(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${job.metadata.name}`);
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      if (!isAlreadyExists(error)) {
        const words = `Error creating job: ${(error as Error).message}`;
        recorder.event(cronJob, 'Warning', 'FailedCreate', words);
        throw error;
      }
      // Made before, without its having been noted; or something else has the name.
      job = await client.get(jobs, wanted.metadata.name, { namespace, signal });
      if (!isControlledBy(job, cronJob)) throw error;
    }
    cronJob.status ??= {};
    cronJob.status.lastScheduleTime = timestamp(due);
    if (isFinished(job)) return;
    const { name, uid, resourceVersion } = job.metadata;
    const reference = { apiVersion: jobs.apiVersion, kind: jobs.kind, name, namespace, uid, resourceVersion };
    cronJob.status.active = [...(cronJob.status.active ?? []), reference];
    this.context.logger.debug({ cronJob: keyOf(cronJob), job: name }, 'job created');
  }
}

/** The name of the job of a time: one a minute. */
function jobName(cronJobName: string, due: Date): string {
  return `${cronJobName}-${Math.floor(due.getTime() / 60_000)}`;
}

/** The job that a CronJob asks for at a time. */
export function jobFor(cronJob: CronJob, due: Date) {
  const { metadata, spec } = structuredClone(cronJob.spec.jobTemplate);
  return {
    metadata: {
      name: jobName(cronJob.metadata.name, due),
      labels: { ...metadata?.labels },
      annotations: { ...metadata?.annotations, [SCHEDULED_AT]: timestamp(due) },
      ownerReferences: [controllerReference(cronJob, cronJobs)],
    },
    spec,
  };
}
