import { expect, test } from 'bun:test';
import type { NetworkInterfaceInfo } from 'node:os';
import { isCidr, nodePortAddresses, rangeOf } from './node-port-addresses.ts';

const face = (address: string, internal = false) => ({ address, internal }) as NetworkInterfaceInfo;
const interfaces = {
  lo: [face('127.0.0.1', true)],
  eth0: [face('192.0.2.9'), face('fd00::9'), face('10.1.2.3')],
};
const of = (wanted: string[], primary?: string) =>
  nodePortAddresses({ wanted, primary, family: 'IPv4' }, interfaces);

test('node ports are at the primary address, at those in ranges, or at all', () => {
  expect(of(['primary'], '192.0.2.9')).toEqual(['192.0.2.9']);
  expect(of(['primary'])).toEqual([]);
  expect(of(['10.0.0.0/8', '127.0.0.0/8', 'fd00::/8'])).toEqual(['10.1.2.3']);
  expect(of(['0.0.0.0/0'])).toBeUndefined();
});

test('a range is an address and a number of bits that it can have', () => {
  const texts = [
    '10.0.0.0/8',
    'fd00::/64',
    '10.0.0.0',
    '10.0.0.0/33',
    '10.0.0.0/8/8',
    '10.0.0/8',
    'a/8',
    '10.0.0.0/',
  ];
  expect(texts.filter(isCidr)).toEqual(['10.0.0.0/8', 'fd00::/64']);
});

test('an address by itself is a range of one', () => {
  const list = rangeOf('10.0.0.1', '192.0.2.0/24');
  expect(['10.0.0.1', '10.0.0.2', '192.0.2.9'].map((address) => list.check(address))).toEqual([
    true,
    false,
    true,
  ]);
});
