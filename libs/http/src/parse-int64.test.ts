import { expect, test } from 'bun:test';
import { parseInt64 } from './parse-int64.ts';

test('reads whole numbers as Go does', () => {
  for (const [text, value] of [
    ['', 0],
    ['0', 0],
    ['+7', 7],
    ['-3', -3],
    ['0500', 500],
  ] as const)
    expect(parseInt64(text)).toBe(value);
});

test('refuses the rest in its words', () => {
  for (const text of ['x', '1.5', '1e3', ' 1', '0x1', '--1', '+', '١'])
    expect(() => parseInt64(text)).toThrow(`strconv.ParseInt: parsing "${text}": invalid syntax`);
  for (const text of ['9223372036854775808', '-9223372036854775809', '9'.repeat(1_000)])
    expect(() => parseInt64(text)).toThrow('value out of range');
});
