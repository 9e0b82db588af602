import { expect, test } from 'bun:test';
import { FakeClock } from '@hawser/runtime';
import { RetryPace } from './retry-pace.ts';

function paceOf(clock: FakeClock, random: () => number = () => 0): RetryPace {
  return new RetryPace({ intervalMs: 1_000, capMs: 10_000, clock, random });
}

/** Fails at once whenever a try is due, for so long. @returns the waits. */
function failFor(clock: FakeClock, pace: RetryPace, ms: number): number[] {
  const endMs = clock.now().getTime() + ms;
  const waits: number[] = [];
  while (clock.now().getTime() < endMs) {
    pace.failed();
    waits.push(pace.waitMs);
    clock.advance(pace.waitMs);
  }
  return waits;
}

test('the first try is due', () => {
  expect(paceOf(new FakeClock()).waitMs).toBe(0);
});

test('waits double up to the interval in the first minute, and grow up to the cap afterwards', () => {
  const clock = new FakeClock();
  const pace = paceOf(clock);
  const hot = failFor(clock, pace, 60_000);
  expect(hot.slice(0, 6)).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  expect(Math.max(...hot)).toBe(1_000);
  const cold = failFor(clock, pace, 60_000);
  expect(cold.slice(0, 3)).toEqual([1_000, 1_500, 2_250]);
  expect(cold.at(-1)).toBe(10_000);
});

test('chance only shortens a wait, by up to a third', () => {
  const pace = paceOf(new FakeClock(), () => 1);
  pace.failed();
  expect(pace.waitMs).toBe(70);
});

test('after a success trouble begins anew', () => {
  const clock = new FakeClock();
  const pace = paceOf(clock);
  failFor(clock, pace, 120_000);
  pace.reset();
  expect([pace.waitMs, pace.failures]).toEqual([0, 0]);
  pace.failed();
  expect(pace.waitMs).toBe(100);
});
