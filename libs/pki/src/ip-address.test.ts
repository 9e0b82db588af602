import { describe, expect, test } from 'bun:test';
import { decodeIpAddress, encodeIpAddress } from './ip-address.ts';

describe('addresses', () => {
  const cases = [
    { text: '127.0.0.1', hex: '7f000001', back: '127.0.0.1' },
    { text: '::1', hex: '00000000000000000000000000000001', back: '::1' },
    { text: '::', hex: '00000000000000000000000000000000', back: '::' },
    { text: 'FD00:0:0::A', hex: 'fd00000000000000000000000000000a', back: 'fd00::a' },
    { text: '1:2:3:4:5:6:7:8', hex: '00010002000300040005000600070008', back: '1:2:3:4:5:6:7:8' },
    { text: 'fe80::', hex: 'fe800000000000000000000000000000', back: 'fe80::' },
    { text: '::ffff:10.0.0.1', hex: '00000000000000000000ffff0a000001', back: '10.0.0.1' },
  ];
  test.each(cases)('$text', ({ text, hex, back }) => {
    expect(encodeIpAddress(text).toString('hex')).toBe(hex);
    expect(decodeIpAddress(Buffer.from(hex, 'hex'))).toBe(back);
  });
  test.each(['', 'localhost', '1.2.3', 'fe80::1%eth0', '::1/128', '1:2'])('refuses %p', (text) => {
    expect(() => encodeIpAddress(text)).toThrow('not an IP address');
  });
  test('refuses five bytes', () => {
    expect(() => decodeIpAddress(Buffer.alloc(5))).toThrow('IP address of 5 bytes');
  });
});
