import { describe, expect, test } from 'bun:test';
import { isLoopback } from '@hawser/dial';
import { checkedAddress, ForbiddenAddressError } from './checked-address.ts';

describe('a host', () => {
  test('by its address is dialled at that', async () => {
    expect(await checkedAddress('192.0.2.1', false)).toBe('192.0.2.1');
  });

  test('by a name is dialled at what was checked', async () => {
    expect(isLoopback(await checkedAddress('localhost', true))).toBe(true);
    await expect(checkedAddress('localhost', false)).rejects.toBeInstanceOf(ForbiddenAddressError);
  });
});
