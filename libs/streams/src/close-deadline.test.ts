import { expect, test } from 'bun:test';
import { FakeClock } from '@hawser/runtime';
import { CloseDeadline } from './close-deadline.ts';

function counted(): { clock: FakeClock; deadline: CloseDeadline; expired: () => number } {
  const clock = new FakeClock();
  let times = 0;
  const deadline = new CloseDeadline(clock, () => {
    times += 1;
  });
  return { clock, deadline, expired: () => times };
}

test('a peer that says nothing gets ten seconds, and one that does gets more', () => {
  const { clock, deadline, expired } = counted();
  deadline.start();
  clock.advance(9_999);
  deadline.heard();
  clock.advance(9_999);
  expect(expired()).toBe(0);
  clock.advance(1);
  expect(expired()).toBe(1);
});

test('once the connection has ended nothing counts, though it be closed again', () => {
  const { clock, deadline, expired } = counted();
  deadline[Symbol.dispose]();
  deadline.start();
  deadline.heard();
  clock.advance(1_000_000);
  expect(expired()).toBe(0);
});
