import { expect, test } from 'bun:test';
import { FakeClock } from '@hawser/runtime';
import { Allowance } from './allowance.ts';

test('so many at once, then so many a second, and never more than so many saved up', () => {
  const clock = new FakeClock();
  const allowance = new Allowance({ burst: 3, perSecond: 2, clock });
  const taken = () => Array.from({ length: 10 }, () => allowance.take()).filter(Boolean).length;
  expect(taken()).toBe(3);
  clock.advance(400);
  expect(taken()).toBe(0);
  clock.advance(600);
  expect(taken()).toBe(2);
  clock.advance(3_600_000);
  expect(taken()).toBe(3);
});
