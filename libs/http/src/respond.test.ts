import { expect, test } from 'bun:test';
import { warningHeaders } from './respond.ts';

test('a few warnings are said whole and once', () => {
  expect(warningHeaders(['unknown field "a"', 'unknown field "a"', 'x'.repeat(1_000)])).toEqual([
    '299 - "unknown field \\"a\\""',
    `299 - "${'x'.repeat(1_000)}"`,
  ]);
});

test('many are cut, each and altogether', () => {
  const many = Array.from({ length: 4_000 }, (_, i) => `unknown field "spec.field${i}"`);
  const headers = warningHeaders(many);
  expect(headers.length).toBeGreaterThan(100);
  expect(headers.join('').length).toBeLessThan(8_192);
  expect(warningHeaders(['x'.repeat(1_000_000), 'y'])).toEqual([`299 - "${'x'.repeat(256)}"`, '299 - "y"']);
});
