import { type Job, jobs } from '@hawser/api';
import { isConflict } from '@hawser/client';
import type { Controller, ControllerContext } from '../framework/controller.ts';
import { ignoreNotFound } from '../framework/expected-errors.ts';
import { Reconciler } from '../framework/reconciler.ts';
import { isFinished } from './verdict.ts';

/** Deletes jobs some time after their end, where they say so (pkg/controller/ttlafterfinished). */
export function createTtlAfterFinishedController(context: ControllerContext): Controller {
  const { client, clock, informers } = context;
  const cache = informers.get(jobs);
  const sync = async (key: string, signal: AbortSignal) => {
    const cached = cache.get(key);
    const leftMs = cached && untilExpiry(cached, clock.now());
    if (leftMs === undefined) return;
    if (leftMs > 0) return reconciler.queue.addAfter(key, leftMs);
    const { name, namespace, uid } = cached!.metadata;
    // It may have been given more time meanwhile.
    const fresh = await client.get(jobs, name, { namespace, signal }).catch(ignoreNotFound);
    if (fresh === undefined || fresh.metadata.uid !== uid || (untilExpiry(fresh, clock.now()) ?? 1) > 0)
      return;
    const { resourceVersion } = fresh.metadata;
    const options = { namespace, uid, resourceVersion, propagationPolicy: 'Foreground', signal } as const;
    await client.delete(jobs, name, options).catch((error) => {
      if (isConflict(error)) throw error;
      return ignoreNotFound(error);
    });
  };
  const reconciler = new Reconciler(context, { name: 'ttl-after-finished-controller', sync });
  return reconciler.follow(cache);
}

/** Milliseconds until a job is to be deleted; undefined while nothing says so. */
export function untilExpiry(job: Job, now: Date): number | undefined {
  const { ttlSecondsAfterFinished } = job.spec;
  if (ttlSecondsAfterFinished === undefined || !isFinished(job)) return undefined;
  if (job.metadata.deletionTimestamp !== undefined) return undefined;
  const end = job.status?.conditions?.find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  )?.lastTransitionTime;
  return end === undefined ? undefined : Date.parse(end) + ttlSecondsAfterFinished * 1000 - now.getTime();
}
