import { isDeepStrictEqual } from 'node:util';
import { type Job, type JobStatus, jobs, type Pod, pods } from '@hawser/api';
import { type Informer, isNamespaceTerminating, isNotFound, keyOf, StatusError } from '@hawser/client';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { timestamp } from '../node-lifecycle/node-condition.ts';
import { claimObjects } from '../ownership/claim-objects.ts';
import { controllerOf, refersTo } from '../ownership/controller-ref.ts';
import { Expectations } from '../ownership/expectations.ts';
import { ownerWatch } from '../pods/owner-watch.ts';
import { PodControl } from '../pods/pod-control.ts';
import { PodIndex } from '../pods/pod-index.ts';
import { slowStart } from '../pods/slow-start.ts';
import { readSelector } from '../replica-set/replica-flavor.ts';
import { type Account, account, isTracked, plainStatus } from './account.ts';
import { FailureBackoff } from './failure-backoff.ts';
import { activePods, jobPod, TRACKING } from './job-pod.ts';
import { planJobPods } from './plan-job-pods.ts';
import { ReleasedPods } from './released-pods.ts';
import { withSuspension } from './suspension.ts';
import { hasCondition, isFinished, untilDeadline, type Verdict, verdictOf, withVerdict } from './verdict.ts';

/** So many pods are made or deleted at once (`MaxPodCreateDeletePerSync`). */
const BURST = 500;
const OWN_NAME = 'kubernetes.io/job-controller';
/** Keys of pods whose job is gone stand in the same queue. */
const ORPHAN = 'orphan:';

/** Runs the pods of jobs until enough have succeeded (pkg/controller/job). */
export function createJobController(context: ControllerContext): Controller {
  return new JobController(context).reconciler;
}

class JobController {
  readonly reconciler: Reconciler;
  readonly #jobs: Informer<typeof jobs>;
  readonly #pods: PodIndex;
  readonly #control: PodControl;
  readonly #expectations: Expectations;
  readonly #released = new ReleasedPods();
  readonly #backoff: FailureBackoff;

  constructor(private readonly context: ControllerContext) {
    const { informers, clock } = context;
    this.#jobs = informers.get(jobs);
    this.#pods = new PodIndex(informers);
    this.#control = new PodControl(context);
    this.#expectations = new Expectations(clock);
    this.#backoff = new FailureBackoff(clock);
    const sync = (key: string, signal: AbortSignal) =>
      key.startsWith(ORPHAN)
        ? this.#releaseOrphan(key.slice(ORPHAN.length), signal)
        : this.#sync(key, signal);
    this.reconciler = new Reconciler(context, { name: 'job-controller', sync });
    const { queue } = this.reconciler;
    const watch = ownerWatch<Job>({
      kind: jobs,
      get: (key) => this.#jobs.get(key),
      list: (namespace) => this.#jobs.list(namespace),
      selectorOf: ({ spec }) => readSelector(spec.selector),
      enqueue: (key) => queue.add(key),
      expectations: this.#expectations,
    });
    const orphan = (pod: Pod) => {
      if (this.#isOrphan(pod)) queue.add(ORPHAN + keyOf(pod));
    };
    this.reconciler
      .follow(this.#jobs)
      .watch(this.#jobs, { deleted: ({ metadata }) => this.#pods.managedBy(metadata.uid).forEach(orphan) })
      .watch(this.#pods.informer, watch)
      .watch(this.#pods.informer, {
        added: orphan,
        updated: (_before, after) => {
          this.#released.observe(after);
          orphan(after);
        },
        deleted: (pod) => this.#released.forget(pod.metadata.uid ?? ''),
      });
  }

  async #sync(key: string, signal: AbortSignal): Promise<void> {
    const job = this.#jobs.get(key);
    if (job === undefined) {
      this.#backoff.forget(key);
      return this.#expectations.forget(key);
    }
    const selector = readSelector(job.spec.selector);
    const isOthers = job.spec.managedBy !== undefined && job.spec.managedBy !== OWN_NAME;
    if (isOthers || selector === undefined || isFinished(job)) return this.#backoff.forget(key);
    const trusted = this.#expectations.satisfied(key);
    const { client } = this.context;
    const options = { client, ownerKind: jobs, kind: pods, selector, signal };
    const claimed = await claimObjects(job, this.#pods.candidates(job), options);
    await this.#work(key, job, claimed, trusted, signal);
  }

  async #work(
    key: string,
    job: Job,
    claimed: readonly Pod[],
    trusted: boolean,
    signal: AbortSignal,
  ): Promise<void> {
    const now = this.context.clock.now();
    const books = account(job, claimed, this.#released.uids);
    this.#backoff.note(key, books.newFailures, books.newSuccesses);
    const verdict = verdictOf(job, books, claimed, now);
    let failure: unknown;
    if (trusted && job.metadata.deletionTimestamp === undefined)
      failure = await this.#manage(key, job, claimed, books, verdict, signal);
    const status = this.#statusOf(job, books, verdict, now);
    const stored = await this.#store(job, status, signal);
    const isLate = await this.#release(books.release, signal);
    if (isLate || books.hasMore) this.reconciler.queue.add(key);
    const leftMs = untilDeadline(stored, now);
    if (leftMs !== undefined && leftMs > 0) this.reconciler.queue.addAfter(key, leftMs);
    if (failure !== undefined) throw failure;
  }

  #statusOf(job: Job, books: Account, verdict: Verdict | undefined, now: Date): JobStatus {
    const status: JobStatus = { ...books.status };
    if (!job.spec.suspend && verdict === undefined) status.startTime ??= timestamp(now);
    if (verdict === undefined) return withSuspension(job, status, now, this.context.recorder);
    return withVerdict(status, verdict, now);
  }

  /** Makes what is missing and deletes what is too much; of a job at its end or suspended, everything goes. */
  async #manage(
    key: string,
    job: Job,
    claimed: readonly Pod[],
    books: Account,
    verdict: Verdict | undefined,
    signal: AbortSignal,
  ): Promise<unknown> {
    const active = activePods(claimed);
    if (verdict !== undefined || job.spec.suspend)
      return this.#delete(key, job, active.slice(0, BURST), signal);
    const plan = planJobPods(job, claimed, books, this.context.clock.now());
    if (plan.remove.length > 0) return this.#delete(key, job, plan.remove.slice(0, BURST), signal);
    const create = plan.create.slice(0, BURST);
    if (create.length === 0) return undefined;
    const waitMs = this.#backoff.remainingMs(key);
    if (waitMs > 0) {
      this.reconciler.queue.addAfter(key, waitMs);
      return undefined;
    }
    this.#expectations.expect(key, { creations: create.length });
    const { skipped, error } = await slowStart(create.length, async (i) => {
      const { index, failures } = create[i]!;
      try {
        await this.#control.create(jobPod(job, index, failures), job, signal);
      } catch (failure) {
        this.#expectations.creationObserved(key);
        if (!isNamespaceTerminating(failure)) throw failure;
      }
    });
    for (let i = 0; i < skipped; i += 1) this.#expectations.creationObserved(key);
    return error;
  }

  async #delete(key: string, job: Job, doomed: readonly Pod[], signal: AbortSignal): Promise<unknown> {
    if (doomed.length === 0) return undefined;
    this.#expectations.expect(key, { deletions: doomed.map(({ metadata }) => metadata.uid ?? '') });
    const results = await Promise.allSettled(
      doomed.map(async (pod) => {
        try {
          await this.#control.delete(pod, job, signal);
        } catch (error) {
          this.#expectations.deletionObserved(key, pod.metadata.uid ?? '');
          if (!isNotFound(error)) throw error;
        }
      }),
    );
    return results.find((result) => result.status === 'rejected')?.reason;
  }

  async #store(job: Job, next: JobStatus, signal: AbortSignal): Promise<Job> {
    const status = plainStatus(next);
    if (isDeepStrictEqual(status, job.status)) return job;
    const stored = await this.context.client.update(
      jobs,
      { ...job, status },
      { subresource: 'status', signal },
    );
    for (const type of ['Complete', 'Failed'] as const) {
      const said = status.conditions?.find((one) => one.type === type);
      if (said === undefined || hasCondition(job.status, type)) continue;
      const { recorder } = this.context;
      if (type === 'Complete') recorder.event(job, 'Normal', 'Completed', 'Job completed');
      else recorder.event(job, 'Warning', said.reason ?? '', said.message ?? '');
    }
    return stored;
  }

  /** Takes finalizers away, now that the pods are on the books. @returns whether counters are to be brought up to date. */
  async #release(release: readonly Pod[], signal: AbortSignal): Promise<boolean> {
    const results = await Promise.allSettled(release.map((pod) => this.#removeFinalizer(pod, signal)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return release.length > 0;
  }

  async #removeFinalizer(pod: Pod, signal: AbortSignal): Promise<void> {
    const { name, namespace, uid = '' } = pod.metadata;
    const patch = { metadata: { uid, '$deleteFromPrimitiveList/finalizers': [TRACKING] } };
    this.#released.add(uid);
    try {
      await this.context.client
        .patch(pods, name, patch, { namespace, type: 'strategic', signal })
        .catch(ignoreNotFound);
    } catch (error) {
      // Another pod under the name: this one has gone.
      if (error instanceof StatusError && error.code === 409) return;
      this.#released.forget(uid);
      throw error;
    }
  }

  /** A pod that is still held for a job that is not there. */
  #isOrphan(pod: Pod): boolean {
    if (!isTracked(pod, this.#released.uids)) return false;
    const reference = controllerOf(pod);
    if (reference === undefined) return true;
    if (!refersTo(reference, jobs)) return false;
    const job = this.#jobs.get(`${pod.metadata.namespace}/${reference.name}`);
    if (job === undefined || job.metadata.uid !== reference.uid) return true;
    return isFinished(job);
  }

  async #releaseOrphan(key: string, signal: AbortSignal): Promise<void> {
    const pod = this.#pods.informer.get(key);
    if (pod === undefined || !this.#isOrphan(pod)) return;
    const reference = controllerOf(pod);
    if (reference !== undefined && (await this.#stillNeedsIt(pod, reference.name, reference.uid, signal)))
      return;
    await this.#removeFinalizer(pod, signal);
  }

  /** The cache of jobs may be behind that of pods. */
  async #stillNeedsIt(pod: Pod, name: string, uid: string, signal: AbortSignal): Promise<boolean> {
    const { namespace } = pod.metadata;
    const job = await this.context.client.get(jobs, name, { namespace, signal }).catch(ignoreNotFound);
    return job !== undefined && job.metadata.uid === uid && !isFinished(job);
  }
}
