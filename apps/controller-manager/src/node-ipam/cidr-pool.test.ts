import { expect, test } from 'bun:test';
import { CidrPool } from './cidr-pool.ts';

test.each<{ name: string; used: string[]; expected: string | undefined }>([
  { name: 'nothing taken', used: [], expected: '10.244.0.0/24' },
  { name: 'the first taken', used: ['10.244.0.0/24'], expected: '10.244.1.0/24' },
  { name: 'a gap', used: ['10.244.0.0/24', '10.244.2.0/24'], expected: '10.244.1.0/24' },
  { name: 'a larger range taken', used: ['10.244.0.0/22'], expected: '10.244.4.0/24' },
  { name: 'a smaller range taken', used: ['10.244.0.128/25'], expected: '10.244.1.0/24' },
  {
    name: 'ranges elsewhere',
    used: ['10.243.0.0/24', '192.168.0.0/16', 'fd00::/64'],
    expected: '10.244.0.0/24',
  },
  { name: 'everything taken', used: ['10.0.0.0/8'], expected: undefined },
])('$name', ({ used, expected }) => {
  expect(new CidrPool('10.244.0.0/16', 24).firstFree(used)).toBe(expected as string);
});

test('reaches the last piece', () => {
  const pool = new CidrPool('255.255.255.0/24', 26);
  expect(pool.firstFree(['255.255.255.0/25', '255.255.255.128/26'])).toBe('255.255.255.192/26');
});

test.each(['10.244.0.0', 'fd00::/64', '10.244.0.0/40', '10.244.0.0/28'])('refuses %s', (cidr) => {
  expect(() => new CidrPool(cidr, 24)).toThrow(RangeError);
});
