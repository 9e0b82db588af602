import type { Job, JobStatus, Pod } from '@hawser/api';
import { isReady, isTerminating } from '../pods/pod-state.ts';
import { formatIndexes, parseIndexes } from './index-set.ts';
import { activePods, failuresBefore, indexOf, isFailed, isIndexed, TRACKING } from './job-pod.ts';
import { matchFailurePolicy } from './pod-failure-policy.ts';

/** So many pods are taken into account in one go, so that the status stays small. */
const MAX_UNCOUNTED = 500;

/** The books of a job after a look at its pods. */
export interface Account {
  readonly status: JobStatus;
  /** Pods whose finalizer may be taken away once the status is stored. */
  readonly release: readonly Pod[];
  readonly newFailures: number;
  readonly newSuccesses: number;
  /** Why the job has failed, where a rule on a failed pod says so. */
  readonly failure: string | undefined;
  readonly completed: ReadonlySet<number>;
  readonly failedIndexes: ReadonlySet<number>;
  /** More pods have ended than one look takes in. */
  readonly hasMore: boolean;
}

/**
 * Takes pods that have ended into a job's books, each exactly once: first by UID, while its finalizer is there; into
 * the counters when that is gone (pkg/controller/job `trackJobStatusAndRemoveFinalizers`).
 * @param released UIDs of pods whose finalizer has been taken away, which the cache may not show yet.
 */
export function account(job: Job, pods: readonly Pod[], released: ReadonlySet<string>): Account {
  const books = openBooks(job, pods, released);
  const tracked = pods.filter((pod) => isTracked(pod, released));
  let newFailures = 0;
  let newSuccesses = 0;
  let failure: string | undefined;
  let hasMore = false;
  const release: Pod[] = [];
  for (const pod of tracked) {
    const uid = pod.metadata.uid ?? '';
    if (books.known.has(uid)) {
      release.push(pod);
      continue;
    }
    const succeeded = pod.status?.phase === 'Succeeded';
    if (!succeeded && !isFailed(pod, job) && job.metadata.deletionTimestamp === undefined) continue;
    if (books.succeeded.length + books.failed.length >= MAX_UNCOUNTED) {
      hasMore = true;
      break;
    }
    release.push(pod);
    if (succeeded) newSuccesses += books.countSuccess(pod) ? 1 : 0;
    else {
      const match = matchFailurePolicy(job.spec.podFailurePolicy, pod);
      if (match?.action === 'Ignore') continue;
      if (match?.action === 'FailJob') failure ??= match.message;
      books.countFailure(pod, match?.action === 'FailIndex');
      newFailures += 1;
    }
  }
  return { ...books.close(pods), release, newFailures, newSuccesses, failure, hasMore };
}

export function isTracked({ metadata }: Pod, released: ReadonlySet<string>): boolean {
  return Boolean(metadata.finalizers?.includes(TRACKING)) && !released.has(metadata.uid ?? '');
}

function openBooks(job: Job, pods: readonly Pod[], released: ReadonlySet<string>) {
  const { status = {}, spec } = job;
  const { succeeded: onBooks = [], failed: offBooks = [] } = status.uncountedTerminatedPods ?? {};
  const held = new Set(
    pods.filter((pod) => isTracked(pod, released)).map(({ metadata }) => metadata.uid ?? ''),
  );
  const stillHeld = (uid: string) => held.has(uid);
  const succeeded = onBooks.filter(stillHeld);
  const failed = offBooks.filter(stillHeld);
  const completed = parseIndexes(status.completedIndexes);
  const failedIndexes = parseIndexes(status.failedIndexes);
  const counted = {
    succeeded: (status.succeeded ?? 0) + onBooks.length - succeeded.length,
    failed: (status.failed ?? 0) + offBooks.length - failed.length,
  };
  const indexed = isIndexed(job);
  return {
    known: new Set([...succeeded, ...failed]),
    succeeded,
    failed,
    /** Whether it counts: of an indexed job only the first success of an index does. */
    countSuccess(pod: Pod): boolean {
      if (!indexed) {
        succeeded.push(pod.metadata.uid ?? '');
        return true;
      }
      const index = indexOf(pod);
      if (index === undefined || index >= (spec.completions ?? 0) || completed.has(index)) return false;
      completed.add(index);
      return true;
    },
    countFailure(pod: Pod, failsIndex: boolean): void {
      failed.push(pod.metadata.uid ?? '');
      const index = indexOf(pod);
      if (spec.backoffLimitPerIndex === undefined || index === undefined) return;
      if (failsIndex || failuresBefore(pod) >= spec.backoffLimitPerIndex) failedIndexes.add(index);
    },
    close(all: readonly Pod[]) {
      const active = activePods(all);
      const { uncountedTerminatedPods: _before, ...kept } = status;
      const uncounted = {
        ...(succeeded.length > 0 ? { succeeded } : {}),
        ...(failed.length > 0 ? { failed } : {}),
      };
      const next: JobStatus = {
        ...kept,
        ...nonZero({
          active: active.length,
          succeeded: indexed ? completed.size : counted.succeeded,
          failed: counted.failed,
        }),
        ready: active.filter(isReady).length,
        terminating: all.filter(isTerminating).length,
        uncountedTerminatedPods: uncounted,
      };
      if (indexed && completed.size > 0) next.completedIndexes = formatIndexes(completed);
      if (spec.backoffLimitPerIndex !== undefined) next.failedIndexes = formatIndexes(failedIndexes);
      return { status: next, completed, failedIndexes };
    },
  };
}

/** Zeros are left out, as upstream's JSON leaves them out. */
function nonZero(counts: Record<'active' | 'succeeded' | 'failed', number>): Partial<JobStatus> {
  return Object.fromEntries(
    Object.entries(counts).map(([key, value]) => [key, value > 0 ? value : undefined]),
  );
}

/** A status as it is sent: without what is undefined. */
export function plainStatus(status: JobStatus): JobStatus {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined));
}
