import { expect, test } from 'bun:test';
import { shortDuration } from './short-duration.ts';

const HOUR_MS = 3_600_000;

test.each([
  [-2_000, '<invalid>'],
  [-1_000, '0s'],
  [0, '0s'],
  [59_999, '59s'],
  [60_000, '1m'],
  [24 * HOUR_MS - 1, '23h'],
  [24 * HOUR_MS, '1d'],
  [365 * 24 * HOUR_MS, '1y'],
])('%d ms is %s', (ms, text) => expect(shortDuration(ms)).toBe(text));
