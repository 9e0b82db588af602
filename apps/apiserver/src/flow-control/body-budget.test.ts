import { expect, test } from 'bun:test';
import { BodyBudget } from './body-budget.ts';
import { TooManyRequestsError } from './too-many-requests-error.ts';

const MIB = 1024 * 1024;

test('one user may not fill the room for all, and gives back what was held', () => {
  const budget = new BodyBudget();
  const first = budget.share('a');
  first.add(48 * MIB);
  expect(() => budget.share('a').add(1)).toThrow(TooManyRequestsError);
  for (const other of ['b', 'c', 'd']) budget.share(other).add(48 * MIB);
  expect(() => budget.share('e').add(1)).toThrow(TooManyRequestsError);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  budget.share('e').add(48 * MIB);
});
