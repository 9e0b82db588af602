import { expect, test } from 'bun:test';
import { commonAudiences } from './common-audiences.ts';

test('are those of the token that were asked for, in its order', () => {
  expect(commonAudiences(['a', 'b', 'c'], ['c', 'x', 'a'])).toEqual(['a', 'c']);
});

test('are none where nobody asked for one of them, and both sides are told', () => {
  expect(commonAudiences(['a', 'b'], ['c'])).toEqual({
    ok: false,
    reason: 'token audiences ["a" "b"] is invalid for the target audiences ["c"]',
  });
});

test('are found at once, however many both sides name', () => {
  const many = (prefix: string) => Array.from({ length: 100_000 }, (_, i) => `${prefix}${i}`);
  const startedMs = performance.now();
  expect(commonAudiences([...many('a'), 'x'], [...many('b'), 'x'])).toEqual(['x']);
  expect(performance.now() - startedMs).toBeLessThan(2_000);
});
