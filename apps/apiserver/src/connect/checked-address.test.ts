import { describe, expect, test } from 'bun:test';
import { isLoopback } from '@hawser/dial';
import { checkedAddress, ForbiddenAddressError } from './checked-address.ts';

describe('a host', () => {
  test('by its address is dialled at that', async () => {
    expect(await checkedAddress('192.0.2.1', { allowLoopback: false })).toBe('192.0.2.1');
  });

  test('by a name is dialled at what was checked', async () => {
    expect(isLoopback(await checkedAddress('localhost', { allowLoopback: true }))).toBe(true);
    await expect(checkedAddress('localhost', { allowLoopback: false })).rejects.toBeInstanceOf(
      ForbiddenAddressError,
    );
  });

  test('by a name goes through a tunnel as it is, where it is verified there, and else not at all', async () => {
    // A name that leads nowhere: to look it up would fail.
    const check = (unresolved: 'verified' | 'unverified') =>
      checkedAddress('node-1.invalid', { allowLoopback: false, unresolved });
    expect(await check('verified')).toBe('node-1.invalid');
    await expect(check('unverified')).rejects.toBeInstanceOf(ForbiddenAddressError);
  });

  test('by its address is checked before it goes through a tunnel', async () => {
    const check = checkedAddress('169.254.169.254', { allowLoopback: true, unresolved: 'verified' });
    await expect(check).rejects.toBeInstanceOf(ForbiddenAddressError);
  });
});
