import { expect, test } from 'bun:test';
import type { Lease } from '@hawser/api';
import { isLeaseValid } from '../link/server-lease.ts';
import { countServers } from './server-count.ts';

const cases: { name: string; responses: number; leases?: number; combine?: 'max'; count: number }[] = [
  { name: 'before any server has answered there is one', responses: 0, count: 1 },
  { name: 'without Leases servers are believed', responses: 3, count: 3 },
  { name: 'Leases go before what servers say', responses: 3, leases: 2, count: 2 },
  { name: 'without a valid Lease there is one', responses: 3, leases: 0, count: 1 },
  { name: 'max takes what servers say where it is more', responses: 3, leases: 2, combine: 'max', count: 3 },
  { name: 'max takes the Leases where they are more', responses: 1, leases: 2, combine: 'max', count: 2 },
];
for (const { name, responses, leases, combine = 'default', count } of cases)
  test(name, () => {
    const counter = leases === undefined ? {} : { leases: () => leases };
    expect(countServers({ responses: () => responses, ...counter, combine })).toBe(count);
  });

const now = Date.parse('2026-01-01T00:01:00Z');
const leaseCases: { name: string; spec: Lease['spec']; valid: boolean }[] = [
  {
    name: 'renewed just now',
    spec: { renewTime: '2026-01-01T00:00:45.000000Z', leaseDurationSeconds: 30 },
    valid: true,
  },
  {
    name: 'renewed too long ago',
    spec: { renewTime: '2026-01-01T00:00:30.000000Z', leaseDurationSeconds: 30 },
    valid: false,
  },
  {
    name: 'acquired and not renewed yet',
    spec: { acquireTime: '2026-01-01T00:00:45.000000Z', leaseDurationSeconds: 30 },
    valid: true,
  },
  { name: 'without a time', spec: { leaseDurationSeconds: 30 }, valid: false },
];
for (const { name, spec, valid } of leaseCases)
  test(`a Lease that was ${name} is ${valid ? '' : 'not '}valid`, () => {
    expect(isLeaseValid({ metadata: { name: 'x' }, spec } as Lease, now)).toBe(valid);
  });
