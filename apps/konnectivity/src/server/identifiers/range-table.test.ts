import { expect, test } from 'bun:test';
import { contains, overlaps, parseAddress, parseCidr, parseRange } from './address-range.ts';
import { RangeTable } from './range-table.ts';

const range = (text: string) => parseRange(text)!;

test('ranges contain what lies in them', () => {
  expect(contains(range('10.0.0.0/8'), range('10.1.2.3'))).toBe(true);
  expect(contains(range('10.0.0.0/8'), range('10.1.0.0/16'))).toBe(true);
  expect(contains(range('10.1.0.0/16'), range('10.0.0.0/8'))).toBe(false);
  expect(contains(range('0.0.0.0/0'), range('192.0.2.1'))).toBe(true);
  expect(contains(range('0.0.0.0/0'), range('fd00::1'))).toBe(false);
  expect(contains(range('fd00::/8'), range('fdff::1'))).toBe(true);
  expect(overlaps(range('10.1.0.0/16'), range('10.0.0.0/8'))).toBe(true);
});

test('an address has one meaning, however it is spelt', () => {
  expect(parseAddress('::ffff:10.0.0.1')).toEqual(parseAddress('10.0.0.1')!);
  expect(parseAddress('FD00:0:0::1')).toEqual(parseAddress('fd00::1')!);
  for (const text of ['10.0.0', 'node-1', 'fe80::1%eth0', '010.0.0.1', ''])
    expect(parseAddress(text)).toBeUndefined();
  for (const text of ['10.0.0.1/8', '10.0.0.0/08', '::ffff:10.0.0.0/8', '10.0.0.0/-1'])
    expect(parseCidr(text)).toBeUndefined();
});

test('the longest range around an address comes first', () => {
  const table = new RangeTable<string>();
  for (const text of ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3', '11.0.0.0/8', '0.0.0.0/0', 'fd00::/8'])
    table.add(range(text), text);
  table.add(range('10.1.0.0/16'), 'again');
  const around = (text: string) => [...table.around(range(text))].map((values) => [...values]);
  expect(around('10.1.2.3')).toEqual([['10.1.2.3'], ['10.1.0.0/16', 'again'], ['10.0.0.0/8'], ['0.0.0.0/0']]);
  expect(around('192.0.2.1')).toEqual([['0.0.0.0/0']]);
  expect(around('fd00::1')).toEqual([['fd00::/8']]);
});
