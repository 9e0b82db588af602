import type { CronJob, CronSchedule } from '@hawser/api';

/** More missed times than this are remarked on. */
export const MANY_MISSED = 100;

/** The latest time at which a job was due and not made, and how many times passed. */
export interface DueTime {
  readonly due: Date | undefined;
  readonly missed: number;
}

/**
 * Looks from the last time on, or from when the CronJob was made, but not further back than its deadline
 * (pkg/controller/cronjob/utils.go `mostRecentScheduleTime`).
 */
export function dueTime({ metadata, spec, status }: CronJob, schedule: CronSchedule, now: Date): DueTime {
  const sinceMs = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp ?? now.toISOString());
  const { startingDeadlineSeconds } = spec;
  const oldestMs =
    startingDeadlineSeconds === undefined ? sinceMs : now.getTime() - startingDeadlineSeconds * 1000;
  const first = schedule.next(new Date(Math.max(sinceMs, oldestMs)));
  if (first === undefined || first > now) return { due: undefined, missed: 0 };
  const second = schedule.next(first);
  if (second === undefined || second > now) return { due: first, missed: 1 };
  const betweenMs = second.getTime() - first.getTime();
  const missed = Math.floor((now.getTime() - first.getTime()) / betweenMs) + 1;
  // A clock that stood for months is not gone through minute by minute.
  const near = new Date(Math.max(first.getTime(), now.getTime() - 2 * betweenMs - 1));
  return { due: lastUntil(schedule, near, first, now), missed };
}

function lastUntil(schedule: CronSchedule, from: Date, fallback: Date, now: Date): Date {
  let last = fallback;
  for (let next = schedule.next(from); next !== undefined && next <= now; next = schedule.next(next))
    last = next;
  return last;
}
