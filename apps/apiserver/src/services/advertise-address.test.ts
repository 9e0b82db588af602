import { expect, test } from 'bun:test';
import type { NetworkInterfaceInfo } from 'node:os';
import { type AddressOptions, advertisedAddress } from './advertise-address.ts';

const face = (address: string, internal = false) => ({ address, internal }) as NetworkInterfaceInfo;
const interfaces = { lo: [face('127.0.0.1', true)], eth0: [face('fe80::1'), face('192.0.2.9')] };
const defaults = { advertiseAddress: undefined, bindAddress: '0.0.0.0', allowLoopbackTargets: false };

test.each<{ name: string; options: Partial<AddressOptions>; expected: string }>([
  { name: 'what the flag says', options: { advertiseAddress: '192.0.2.1' }, expected: '192.0.2.1' },
  { name: 'where the hub listens', options: { bindAddress: '192.0.2.2' }, expected: '192.0.2.2' },
  { name: 'the first interface, if it listens everywhere', options: {}, expected: '192.0.2.9' },
  {
    name: 'the first interface, if it listens on loopback',
    options: { bindAddress: '127.0.0.1' },
    expected: '192.0.2.9',
  },
  {
    name: 'loopback, where that is allowed',
    options: { bindAddress: '127.0.0.1', allowLoopbackTargets: true },
    expected: '127.0.0.1',
  },
])('the hub is found at $name', ({ options, expected }) => {
  expect(advertisedAddress({ ...defaults, ...options }, interfaces)).toBe(expected);
});

test('a machine without a network has no address, and a wrong flag is refused', () => {
  expect(advertisedAddress(defaults, { lo: interfaces.lo })).toBeUndefined();
  expect(() => advertisedAddress({ ...defaults, advertiseAddress: 'hub' })).toThrow('--advertise-address');
});
