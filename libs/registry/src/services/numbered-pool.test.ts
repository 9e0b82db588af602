import { describe, expect, test } from 'bun:test';
import { NumberedPool } from './numbered-pool.ts';
import { parseAddressRange, parsePortRange } from './service-ranges.ts';

describe('a pool', () => {
  test('gives from the upper band first, then from the lower, then nothing', () => {
    const pool = new NumberedPool(100, 8, 3);
    const given = Array.from({ length: 8 }, () => {
      const number = pool.next()!;
      pool.take(number);
      return number;
    });
    expect(given.slice(0, 5).sort()).toEqual([103, 104, 105, 106, 107]);
    expect(given.slice(5).sort()).toEqual([100, 101, 102]);
    expect(pool.next()).toBeUndefined();
    pool.release(104);
    expect(pool.next()).toBe(104);
  });

  test('has a number that two share until both have let go', () => {
    const pool = new NumberedPool(0, 4, 0);
    pool.take(2);
    pool.take(2);
    pool.release(2);
    expect(pool.look(2)).toBe('taken');
    pool.release(2);
    expect([pool.look(2), pool.look(4), pool.look(-1)]).toEqual(['free', 'outside', 'outside']);
  });

  test('does not count what is outside as used', () => {
    const pool = new NumberedPool(10, 4, 0);
    pool.take(99);
    pool.take(11);
    expect(pool.used).toBe(1);
  });
});

/** Upstream's bands: a 16th of the addresses within 16 and 256, a 32nd of the ports within 16 and 128. */
test.each<{ range: string; first: string; lowest: string }>([
  { range: '10.96.0.0/16', first: '10.96.0.1', lowest: '10.96.1.1' },
  { range: '10.0.0.0/24', first: '10.0.0.1', lowest: '10.0.0.17' },
  { range: '10.0.0.16/28', first: '10.0.0.17', lowest: '10.0.0.17' },
])('the addresses of $range', ({ range, first, lowest }) => {
  const parsed = parseAddressRange(range);
  const pool = parsed.createPool();
  const text = (number: number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
  expect(parsed.firstAddress).toBe(first);
  expect(text(pool.first)).toBe(first);
  const given = new Set(Array.from({ length: 2000 }, () => pool.next()!));
  const least = Math.min(...given);
  const bound = lowest.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  expect(least).toBeGreaterThanOrEqual(bound);
});

test('the network and its broadcast address are nobody’s', () => {
  const range = parseAddressRange('10.96.0.0/16');
  expect(['10.96.0.0', '10.96.0.1', '10.96.255.254', '10.96.255.255'].map(range.contains)).toEqual([
    false,
    true,
    true,
    false,
  ]);
});

test.each([
  '',
  'x',
  '10.96.0.0',
  '10.96.0.1/16',
  '10.96.0.0/31',
  '10.96.0.0/7',
  'fd00::/108',
  '010.0.0.0/16',
])('refuses the range %p', (text) => {
  expect(() => parseAddressRange(text)).toThrow(RangeError);
});

test('ranges of ports are first and last, or first and how many more', () => {
  expect(parsePortRange('30000-32767')).toMatchObject({ text: '30000-32767' });
  expect(parsePortRange('30000+10').text).toBe('30000-30010');
  for (const text of ['', '0-10', '10-9', '1-65536', '30000'])
    expect(() => parsePortRange(text)).toThrow(RangeError);
});
