import type { Job, Pod } from '@hawser/api';
import { isTerminating } from '../pods/pod-state.ts';
import { podsToDelete } from '../replica-set/rank-for-deletion.ts';
import type { Account } from './account.ts';
import { activePods, failuresBefore, indexOf, isFailed, isIndexed } from './job-pod.ts';

/** A pod that is to be made. */
export interface WantedPod {
  readonly index: number | undefined;
  /** How many pods of this index have failed before. */
  readonly failures: number;
}

export interface JobPlan {
  readonly create: readonly WantedPod[];
  readonly remove: readonly Pod[];
}

/** What pods are missing, and which are too many (pkg/controller/job `manageJob`). */
export function planJobPods(job: Job, pods: readonly Pod[], books: Account, now: Date): JobPlan {
  const active = activePods(pods);
  const wanted = wantedActive(job, active.length, books);
  const surplus = active.length - wanted;
  const doubled = isIndexed(job) ? uselessPods(job, active, books) : [];
  if (surplus > 0 || doubled.length > 0) {
    const others = active.filter((pod) => !doubled.includes(pod));
    const count = Math.max(0, surplus - doubled.length);
    return { create: [], remove: [...doubled, ...podsToDelete(others, [], count, now)] };
  }
  // Where only what has ended is replaced, what is on its way out still has its place.
  const leaving = job.spec.podReplacementPolicy === 'Failed' ? pods.filter(isTerminating) : [];
  const missing = Math.max(0, wanted - active.length - leaving.length);
  if (!isIndexed(job)) return { create: Array(missing).fill({ index: undefined, failures: 0 }), remove: [] };
  const taken = new Set([...active, ...leaving].map(indexOf));
  return {
    create: freeIndexes(job, books, taken, missing).map((index) => ({
      index,
      failures: failuresOf(job, pods, index),
    })),
    remove: [],
  };
}

function wantedActive({ spec }: Job, active: number, books: Account): number {
  const { parallelism = 1, completions } = spec;
  const { succeeded: counted = 0, uncountedTerminatedPods } = books.status;
  const succeeded = counted + (uncountedTerminatedPods?.succeeded?.length ?? 0);
  // Once one has succeeded of a job that wants no number, no more are started.
  if (completions === undefined) return succeeded > 0 ? Math.min(active, parallelism) : parallelism;
  return Math.max(0, Math.min(completions - succeeded - books.failedIndexes.size, parallelism));
}

/** Pods of an index that has been dealt with, or has an older pod. */
function uselessPods({ spec }: Job, active: readonly Pod[], { completed, failedIndexes }: Account): Pod[] {
  const seen = new Set<number>();
  const born = ({ metadata }: Pod) => metadata.creationTimestamp ?? '';
  return active
    .toSorted((a, b) => (born(a) < born(b) ? -1 : 1))
    .filter((pod) => {
      const index = indexOf(pod);
      if (index === undefined || index >= (spec.completions ?? 0)) return true;
      if (completed.has(index) || failedIndexes.has(index) || seen.has(index)) return true;
      seen.add(index);
      return false;
    });
}

function freeIndexes(
  { spec }: Job,
  { completed, failedIndexes }: Account,
  taken: ReadonlySet<number | undefined>,
  count: number,
): number[] {
  const free: number[] = [];
  for (let index = 0; index < (spec.completions ?? 0) && free.length < count; index += 1)
    if (!completed.has(index) && !failedIndexes.has(index) && !taken.has(index)) free.push(index);
  return free;
}

function failuresOf(job: Job, pods: readonly Pod[], index: number): number {
  const failed = pods.filter((pod) => indexOf(pod) === index && isFailed(pod, job));
  return Math.max(0, ...failed.map((pod) => failuresBefore(pod) + 1));
}
