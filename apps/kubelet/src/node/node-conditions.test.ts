import { expect, test } from 'bun:test';
import { nodeConditions } from './node-conditions.ts';
import { allocatableOf, capacityOf, parseMemoryInfo } from './node-resources.ts';

const GIB = 1024 ** 3;
const plenty = {
  cpus: 2,
  memoryBytes: 8 * GIB,
  memoryAvailableBytes: 4 * GIB,
  diskBytes: 100 * GIB,
  diskAvailableBytes: 50 * GIB,
};
const now = new Date('2026-01-01T00:00:00Z');

function statuses(resources = plenty, problems: string[] = []): Record<string, string> {
  const conditions = nodeConditions(resources, problems, [], now);
  return Object.fromEntries(conditions.map(({ type, status }) => [type, status]));
}

test('a node that has what it needs is ready', () => {
  expect(statuses()).toEqual({
    MemoryPressure: 'False',
    DiskPressure: 'False',
    PIDPressure: 'False',
    Ready: 'True',
  });
});

test('a node says what it is short of', () => {
  expect(statuses({ ...plenty, memoryAvailableBytes: 50 * 1024 ** 2 })).toMatchObject({
    MemoryPressure: 'True',
  });
  expect(statuses({ ...plenty, diskAvailableBytes: 5 * GIB })).toMatchObject({ DiskPressure: 'True' });
  expect(statuses(plenty, ['no perl'])).toMatchObject({ Ready: 'False' });
});

test('a condition keeps the time of its last change, and those of others stay', () => {
  const previous = [
    { type: 'Ready', status: 'True', lastTransitionTime: '2025-01-01T00:00:00Z' },
    { type: 'MemoryPressure', status: 'True', lastTransitionTime: '2025-01-01T00:00:00Z' },
    { type: 'NetworkUnavailable', status: 'False' },
  ];
  const conditions = nodeConditions(plenty, [], previous, now);
  const times = Object.fromEntries(
    conditions.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
  );
  expect(times).toMatchObject({ Ready: '2025-01-01T00:00:00Z', MemoryPressure: '2026-01-01T00:00:00Z' });
  expect(conditions[0]).toEqual({ type: 'NetworkUnavailable', status: 'False' });
});

test('what pods may ask for is less than what the node has', () => {
  expect(capacityOf(plenty, 110)).toEqual({
    cpu: '2',
    memory: '8388608Ki',
    'ephemeral-storage': '104857600Ki',
    pods: '110',
  });
  expect(allocatableOf(plenty, 110)).toMatchObject({
    memory: '8286208Ki',
    'ephemeral-storage': String(90 * GIB),
  });
});

test('reads /proc/meminfo in bytes', () => {
  expect(parseMemoryInfo('MemTotal:       16 kB\nMemAvailable:    8 kB\nHugePages_Total:  0\n')).toEqual({
    MemTotal: 16 * 1024,
    MemAvailable: 8 * 1024,
  });
});
