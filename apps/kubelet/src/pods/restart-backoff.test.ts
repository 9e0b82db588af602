import { expect, test } from 'bun:test';
import { FakeClock } from '@hawser/runtime';
import { RestartBackoff } from './restart-backoff.ts';

/** Lets the container end right after each restart, and collects the waits. */
function crashLoop(backoff: RestartBackoff, clock: FakeClock, times: number): number[] {
  return Array.from({ length: times }, () => {
    const finishedAt = clock.now();
    const waitMs = backoff.waiting('main', finishedAt)?.remainingMs ?? 0;
    clock.advance(waitMs);
    expect(backoff.waiting('main', finishedAt)).toBeUndefined();
    backoff.restarted('main', finishedAt);
    return waitMs / 1000;
  });
}

test('restarts at once, then after 10 s, doubling up to 5 minutes', () => {
  const clock = new FakeClock();
  expect(crashLoop(new RestartBackoff(clock), clock, 9)).toEqual([0, 10, 20, 40, 80, 160, 300, 300, 300]);
});

test('counts the wait from the end of the container', () => {
  const clock = new FakeClock();
  const backoff = new RestartBackoff(clock);
  crashLoop(backoff, clock, 1);
  const finishedAt = clock.now();
  clock.advance(4_000);
  expect(backoff.waiting('main', finishedAt)).toEqual({ delayMs: 10_000, remainingMs: 6_000 });
});

test('forgets after ten minutes of running', () => {
  const clock = new FakeClock();
  const backoff = new RestartBackoff(clock);
  crashLoop(backoff, clock, 5);
  clock.advance(10 * 60_000 + 1);
  expect(crashLoop(backoff, clock, 2)).toEqual([0, 10]);
});

test('knows containers apart', () => {
  const clock = new FakeClock();
  const backoff = new RestartBackoff(clock);
  crashLoop(backoff, clock, 3);
  expect(backoff.waiting('other', clock.now())).toBeUndefined();
});
