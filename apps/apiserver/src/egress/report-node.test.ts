import { expect, test } from 'bun:test';
import { FakeClock } from '@hawser/runtime';
import { atMostOnceIn } from './report-node.ts';

test('the same is due again only after a while, whatever else is', () => {
  const clock = new FakeClock();
  const isDue = atMostOnceIn(60_000, clock);
  expect([isDue('a'), isDue('a'), isDue('b')]).toEqual([true, false, true]);
  clock.advance(59_999);
  expect([isDue('a'), isDue('b')]).toEqual([false, false]);
  clock.advance(1);
  expect([isDue('a'), isDue('a')]).toEqual([true, false]);
});
