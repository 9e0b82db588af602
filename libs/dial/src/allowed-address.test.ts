import { describe, expect, test } from 'bun:test';
import { isAllowedAddress, isLoopback } from './allowed-address.ts';

describe('an address', () => {
  const cases: { address: string; allowed: boolean | 'with loopback' }[] = [
    { address: '10.244.0.3', allowed: true },
    { address: '192.0.2.1', allowed: true },
    { address: '2001:db8::1', allowed: true },
    { address: 'fd00::1', allowed: true },
    { address: '::ffff:10.0.0.1', allowed: true },
    { address: '64:ff9b::10.0.0.1', allowed: true },
    { address: '127.0.0.1', allowed: 'with loopback' },
    { address: '127.255.0.3', allowed: 'with loopback' },
    { address: '::1', allowed: 'with loopback' },
    { address: '0:0:0:0:0:0:0:1', allowed: 'with loopback' },
    { address: '::ffff:127.0.0.1', allowed: 'with loopback' },
    { address: '::ffff:7f00:1', allowed: 'with loopback' },
    { address: '0:0:0:0:0:ffff:7f00:0001', allowed: 'with loopback' },
    { address: '64:ff9b::7f00:1', allowed: 'with loopback' },
    { address: '::127.0.0.1', allowed: 'with loopback' },
    { address: '0.0.0.0', allowed: false },
    { address: '0.1.2.3', allowed: false },
    { address: '169.254.169.254', allowed: false },
    { address: '224.0.0.251', allowed: false },
    { address: '239.255.255.250', allowed: false },
    { address: '255.255.255.255', allowed: false },
    { address: '::', allowed: false },
    { address: '::ffff:0.0.0.0', allowed: false },
    { address: '::ffff:169.254.169.254', allowed: false },
    { address: '::ffff:a9fe:a9fe', allowed: false },
    { address: '64:ff9b::169.254.169.254', allowed: false },
    { address: 'fe80::1', allowed: false },
    { address: 'fe80::1%eth0', allowed: false },
    { address: 'febf::1', allowed: false },
    { address: 'ff02::1', allowed: false },
    { address: 'fd00:ec2::254', allowed: false },
    { address: 'fd20:ce:0::254', allowed: false },
    { address: '127.1', allowed: false },
    { address: '0x7f.0.0.1', allowed: false },
    { address: '2130706433', allowed: false },
    { address: '', allowed: false },
    { address: 'localhost', allowed: false },
  ];
  for (const { address, allowed } of cases)
    test(`${JSON.stringify(address)} is ${allowed === true ? '' : 'not '}allowed`, () => {
      expect(isAllowedAddress(address, false)).toBe(allowed === true);
      expect(isAllowedAddress(address, true)).toBe(allowed !== false);
    });

  test('of the machine itself is told from others', () => {
    expect(['127.0.1.1', '::1', '10.0.0.1', 'localhost'].map(isLoopback)).toEqual([true, true, false, false]);
  });
});
