import { describe, expect, test } from 'bun:test';
import { type CronJob, parseCron } from '@hawser/api';
import { dueTime } from './due-time.ts';

function cronJob(spec: Partial<CronJob['spec']>, lastScheduleTime?: string): CronJob {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'c', creationTimestamp: '2026-01-01T12:00:30Z' },
    spec: { schedule: '', jobTemplate: { spec: { template: { spec: { containers: [] } } } }, ...spec },
    status: { lastScheduleTime },
  };
}

describe('a job is due', () => {
  const cases: {
    name: string;
    schedule?: string;
    now: string;
    last?: string;
    deadline?: number;
    due?: string;
    missed: number;
  }[] = [
    { name: 'not before the first time has come', now: '2026-01-01T12:00:59Z', missed: 0 },
    { name: 'at the first time', now: '2026-01-01T12:01:00Z', due: '2026-01-01T12:01:00Z', missed: 1 },
    { name: 'not twice at one time', now: '2026-01-01T12:05:30Z', last: '2026-01-01T12:05:00Z', missed: 0 },
    {
      name: 'at the latest of several that were missed',
      now: '2026-01-01T12:05:10Z',
      due: '2026-01-01T12:05:00Z',
      missed: 5,
    },
    { name: 'also after a year', now: '2027-01-01T12:00:10Z', due: '2027-01-01T12:00:00Z', missed: 525_600 },
    { name: 'not longer ago than its deadline', now: '2026-01-01T12:05:30Z', deadline: 20, missed: 0 },
    {
      name: 'at times that are not evenly spread',
      schedule: '0 0 1,31 * *',
      now: '2026-03-02T00:00:00Z',
      due: '2026-03-01T00:00:00Z',
      missed: 59,
    },
  ];
  for (const { name, schedule = '* * * * *', now, last, deadline, due, missed } of cases)
    test(name, () => {
      const found = dueTime(
        cronJob({ startingDeadlineSeconds: deadline }, last),
        parseCron(schedule, 'Etc/UTC'),
        new Date(now),
      );
      expect(found.due).toEqual(due === undefined ? undefined : new Date(due));
      if (schedule === '* * * * *') expect(found.missed).toBe(missed);
    });
});
