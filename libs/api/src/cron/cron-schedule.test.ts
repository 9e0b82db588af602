import { describe, expect, test } from 'bun:test';
import { parseCron } from './cron-schedule.ts';

const next = (schedule: string, after: string, timeZone = 'Etc/UTC') =>
  parseCron(schedule, timeZone).next(new Date(after))?.toISOString();

describe('the next moment of', () => {
  const cases: { schedule: string; after: string; zone?: string; due: string | undefined; why?: string }[] = [
    { schedule: '*/15 * * * *', after: '2026-01-01T00:00:00Z', due: '2026-01-01T00:15:00.000Z' },
    { schedule: '0 0 * * *', after: '2026-01-01T00:00:00Z', due: '2026-01-02T00:00:00.000Z' },
    { schedule: '30 8 1 * *', after: '2026-01-31T09:00:00Z', due: '2026-02-01T08:30:00.000Z' },
    { schedule: '0 0 * * mon', after: '2026-01-01T00:00:00Z', due: '2026-01-05T00:00:00.000Z' },
    // Either day is enough: the 13th, or a Friday.
    { schedule: '0 0 13 * FRI', after: '2026-01-03T00:00:00Z', due: '2026-01-09T00:00:00.000Z' },
    { schedule: '0 0 29 2 *', after: '2026-01-01T00:00:00Z', due: '2028-02-29T00:00:00.000Z' },
    { schedule: '0 0 31 2 *', after: '2026-01-01T00:00:00Z', due: undefined },
    { schedule: '@weekly', after: '2026-01-01T00:00:00Z', due: '2026-01-04T00:00:00.000Z' },
    { schedule: '@every 90s', after: '2026-01-01T00:00:00Z', due: '2026-01-01T00:01:30.000Z' },
    { schedule: '5/20 * * * ?', after: '2026-01-01T00:26:00Z', due: '2026-01-01T00:45:00.000Z' },
    {
      schedule: '0 9 * * *',
      after: '2026-07-01T00:00:00Z',
      zone: 'America/New_York',
      due: '2026-07-01T13:00:00.000Z',
    },
    { schedule: 'TZ=Asia/Tokyo 0 9 * * *', after: '2026-07-01T00:00:00Z', due: '2026-07-02T00:00:00.000Z' },
    // 2:30 does not come on the day on which summer time begins.
    {
      schedule: '30 2 * * *',
      after: '2026-03-08T00:00:00Z',
      zone: 'America/New_York',
      due: '2026-03-09T06:30:00.000Z',
    },
    // 1:30 comes twice on the day on which it ends.
    {
      schedule: '30 1 * * *',
      after: '2026-11-01T05:30:00Z',
      zone: 'America/New_York',
      due: '2026-11-01T06:30:00.000Z',
    },
  ];
  for (const { schedule, after, zone, due } of cases)
    test(`${schedule} after ${after}`, () => expect(next(schedule, after, zone)).toBe(due));
});

describe('refuses', () => {
  const cases: { schedule: string; message: string }[] = [
    { schedule: '', message: 'empty spec string' },
    { schedule: '* * *', message: 'expected exactly 5 fields, found 3: [* * *]' },
    { schedule: '60 * * * *', message: 'end of range (60) above maximum (59): 60' },
    { schedule: '* * 0 * *', message: 'beginning of range (0) below minimum (1): 0' },
    { schedule: '5-1 * * * *', message: 'beginning of range (5) beyond end of range (1): 5-1' },
    { schedule: '*/0 * * * *', message: 'step of range should be a positive number: */0' },
    { schedule: '1-2-3 * * * *', message: 'too many hyphens: 1-2-3' },
    { schedule: '1/2/3 * * * *', message: 'too many slashes: 1/2/3' },
    { schedule: '@never', message: 'unrecognized descriptor: @never' },
    { schedule: '@constructor', message: 'unrecognized descriptor: @constructor' },
    {
      schedule: 'TZ=Nowhere/Land * * * * *',
      message: 'provided bad location Nowhere/Land: unknown time zone Nowhere/Land',
    },
    {
      schedule: 'x * * * *',
      message: 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax',
    },
  ];
  for (const { schedule, message } of cases)
    test(JSON.stringify(schedule), () => expect(() => parseCron(schedule)).toThrow(message));
});
