import { expect, test } from 'bun:test';
import { FakeClock } from '@hawser/runtime';
import { DialDeadline } from './dial-deadline.ts';

test('aborts when the time is up', () => {
  const clock = new FakeClock();
  using deadline = new DialDeadline(clock, 2_000, undefined);
  clock.advance(1_999);
  expect(deadline.signal.aborted).toBe(false);
  clock.advance(1);
  expect(deadline.signal.reason).toEqual(new Error('i/o timeout'));
});

test('aborts when whoever asked goes, or has gone before', () => {
  const asker = new AbortController();
  using early = new DialDeadline(new FakeClock(), 2_000, asker.signal);
  asker.abort(new Error('the client is gone'));
  using late = new DialDeadline(new FakeClock(), 2_000, asker.signal);
  for (const { signal } of [early, late])
    expect(signal.reason).toMatchObject({ message: 'canceled', cause: { message: 'the client is gone' } });
});

test('does nothing once the dial is over', () => {
  const [clock, asker] = [new FakeClock(), new AbortController()];
  const deadline = new DialDeadline(clock, 2_000, asker.signal);
  deadline[Symbol.dispose]();
  clock.advance(2_000);
  asker.abort();
  expect(deadline.signal.aborted).toBe(false);
});
