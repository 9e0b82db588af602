import { describe, expect, test } from 'bun:test';
import { formatGoDuration, parseGoDuration } from './go-duration.ts';

describe('Go durations', () => {
  const cases: [text: string, nanoseconds: number][] = [
    ['0s', 0],
    ['7ns', 7],
    ['1.5µs', 1500],
    ['20ms', 20e6],
    ['1.5s', 1.5e9],
    ['1m0s', 60e9],
    ['1h30m0s', 5400e9],
    ['-3s', -3e9],
  ];
  for (const [text, nanoseconds] of cases)
    test(`${text} is ${nanoseconds} ns, both ways`, () => {
      expect(parseGoDuration(text)).toBe(nanoseconds);
      expect(formatGoDuration(nanoseconds)).toBe(text);
    });

  test('short forms are read', () => expect(parseGoDuration('1h')).toBe(3600e9));
  test('what is no duration is nothing', () => {
    for (const text of ['', '5', 's', '1x', '1s ']) expect(parseGoDuration(text)).toBeUndefined();
  });
});
