import { expect, test } from 'bun:test';
import { FakeClock } from '@hawser/runtime';
import { pod, service, slice } from './endpoints.testing.ts';
import { ExpectedSlices } from './expected-slices.ts';
import { TriggerTimes, withTriggerTime } from './trigger-times.ts';

const at = (minute: number) => `2024-01-01T00:0${minute}:00Z`;

test('the trigger is the earliest change since the last look', () => {
  const times = new TriggerTimes();
  const web = service({}, { creationTimestamp: at(1) });
  const pods = (...minutes: number[]) => minutes.map((m, i) => pod(`p${i}`, { readySince: at(m) }));
  expect(times.next('a/web', web, pods(2, 3))).toBe(at(1));
  expect(times.next('a/web', web, pods(2, 3))).toBeUndefined();
  expect(times.next('a/web', web, pods(6, 5))).toBe(at(5));
  expect(times.next('a/web', web, pods(6, 5, 4))).toBe(at(4));
  expect(times.next('a/web', web, [])).toBeUndefined();
});

test('an old trigger is taken from the annotations, which then may be none', () => {
  const old = withTriggerTime({ a: 'b' }, at(1));
  expect(old.annotations).toEqual({ a: 'b', 'endpoints.kubernetes.io/last-change-trigger-time': at(1) });
  expect(withTriggerTime(old.annotations, undefined)).toEqual({ annotations: { a: 'b' } });
  expect(withTriggerTime(withTriggerTime({}, at(1)).annotations, undefined)).toEqual({});
});

test('a cache is believed when it shows what was written, when that has gone, or after a while', () => {
  const clock = new FakeClock();
  const expected = new ExpectedSlices(clock);
  const written = (name: string, generation: number) => slice(name, { generation });
  expect(expected.isMetBy('k', [])).toBe(true);
  expected.wrote('k', written('s', 2));
  expect(expected.isMetBy('k', [])).toBe(false);
  expect(expected.isMetBy('k', [written('s', 1)])).toBe(false);
  expect(expected.isMetBy('k', [written('s', 2)])).toBe(true);
  expected.wrote('k', written('s', 3));
  expected.gone('k', written('s', 3));
  expect(expected.isMetBy('k', [])).toBe(true);
  expected.wrote('k', written('s', 4));
  clock.advance(31_000);
  expect(expected.isMetBy('k', [])).toBe(true);
});
