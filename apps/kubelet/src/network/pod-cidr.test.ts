import { expect, test } from 'bun:test';
import {
  containsAddress,
  gatewayAddress,
  hardwareAddress,
  networkAddress,
  nextFreeAddress,
  overlaps,
  parsePodCidr,
} from './pod-cidr.ts';

const range = (text: string) => parsePodCidr(text)!;

test('a range of IPv4 has an address for the node and some for pods', () => {
  expect(networkAddress(range('10.244.3.0/24'))).toBe('10.244.3.0');
  expect(gatewayAddress(range('10.244.3.0/24'))).toBe('10.244.3.1');
  expect(containsAddress(range('10.244.3.0/24'), '10.244.3.255')).toBe(true);
  expect(containsAddress(range('10.244.3.0/24'), '10.244.4.0')).toBe(false);
});

for (const text of [
  '',
  '10.244.3.1/24',
  '10.244.3.0',
  '10.244.3.0/31',
  'fd00::/64',
  '10.244.3.0/x',
  '1.2.3/8',
])
  test(`${JSON.stringify(text)} is none`, () => expect(parsePodCidr(text)).toBeUndefined());

test('ranges overlap when one is in the other', () => {
  expect(overlaps(range('10.244.0.0/16'), range('10.244.3.0/24'))).toBe(true);
  expect(overlaps(range('10.244.3.0/24'), range('10.244.0.0/16'))).toBe(true);
  expect(overlaps(range('10.244.2.0/24'), range('10.244.3.0/24'))).toBe(false);
});

test('addresses are given out in turn, so that one that was given back rests', () => {
  const taken = new Set<string>();
  const given: (string | undefined)[] = [];
  for (let i = 0; i < 6; i += 1) {
    const address = nextFreeAddress(range('10.0.0.0/29'), (one) => taken.has(one), given.at(-1));
    if (address !== undefined) taken.add(address);
    given.push(address ?? given.at(-1));
    if (i === 0) taken.delete(address!);
  }
  expect(given).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.4', '10.0.0.5', '10.0.0.6', '10.0.0.2']);
});

test('neither the node’s address nor that of all is ever given out, and none when there is none', () => {
  const taken = new Set(['10.0.0.2']);
  expect(nextFreeAddress(range('10.0.0.0/30'), (one) => taken.has(one), undefined)).toBeUndefined();
});

test('of an address of another range, given out last before the range changed, nothing is made', () => {
  expect(nextFreeAddress(range('10.0.0.0/24'), () => false, '9.0.0.7')).toStartWith('10.0.0.');
  expect(nextFreeAddress(range('10.0.0.0/24'), () => false, '192.168.0.7')).toStartWith('10.0.0.');
});

test('a hardware address follows from an address', () => {
  expect(hardwareAddress('10.77.200.1')).toBe('0a:58:0a:4d:c8:01');
});
