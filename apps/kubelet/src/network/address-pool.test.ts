import { expect, test } from 'bun:test';
import { AddressPool } from './address-pool.ts';
import { NetworkCommandError } from './network-tools.ts';
import { parsePodCidr } from './pod-cidr.ts';

const podCidr = parsePodCidr('10.244.1.0/29')!;

test('nobody gets an address that somebody has, be it from before', () => {
  const pool = new AddressPool();
  pool.take('adopted', '10.244.1.3');
  const given = ['a', 'b', 'c', 'd'].map((owner) => pool.allocate(owner, podCidr));
  expect(given.sort()).toEqual(['10.244.1.2', '10.244.1.4', '10.244.1.5', '10.244.1.6']);
  expect(() => pool.allocate('e', podCidr)).toThrow(
    new NetworkCommandError('no IP addresses available in range: 10.244.1.0/29'),
  );
});

test('one that was given back is given out again', () => {
  const pool = new AddressPool();
  for (const owner of ['a', 'b', 'c', 'd', 'e']) pool.allocate(owner, podCidr);
  pool.release('c');
  pool.release('c');
  expect(pool.owners()).toEqual(['a', 'b', 'd', 'e']);
  expect(pool.allocate('f', podCidr)).toBe('10.244.1.4');
});
