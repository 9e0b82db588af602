import { expect, test } from 'bun:test';
import { namespaceConditions } from './namespace-conditions.ts';

const now = new Date('2026-01-01T00:00:00Z');
const empty = { failures: [], remaining: new Map(), finalizers: new Map() };

test('an emptied namespace has nothing to complain of', () => {
  const conditions = namespaceConditions(empty, [], now);
  expect(conditions.map(({ type, status, reason }) => `${type}=${status} ${reason}`)).toEqual([
    'NamespaceDeletionDiscoveryFailure=False ResourcesDiscovered',
    'NamespaceDeletionGroupVersionParsingFailure=False ParsedGroupVersions',
    'NamespaceDeletionContentFailure=False ContentDeleted',
    'NamespaceContentRemaining=False ContentRemoved',
    'NamespaceFinalizersRemaining=False ContentHasNoFinalizers',
  ]);
});

test('what is left is counted, in the words that kubectl users know', () => {
  const remaining = new Map([
    ['pods.', 2],
    ['leases.coordination.k8s.io', 1],
  ]);
  const finalizers = new Map([['example.com/hold', 2]]);
  const messages = Object.fromEntries(
    namespaceConditions({ failures: ['b', 'a'], remaining, finalizers }, [], now).map(({ type, message }) => [
      type,
      message,
    ]),
  );
  expect(messages['NamespaceContentRemaining']).toBe(
    'Some resources are remaining: leases.coordination.k8s.io has 1 resource instances, pods. has 2 resource instances',
  );
  expect(messages['NamespaceFinalizersRemaining']).toBe(
    'Some content in the namespace has finalizers remaining: example.com/hold in 2 resource instances',
  );
  expect(messages['NamespaceDeletionContentFailure']).toBe(
    'Failed to delete all resource types, 2 remaining: a, b',
  );
});

test("a condition's time moves with its status only, and others' conditions stay", () => {
  const custom = { type: 'Custom', status: 'True' };
  const first = namespaceConditions({ ...empty, remaining: new Map([['pods.', 2]]) }, [custom], now);
  const later = new Date('2026-01-01T00:01:00Z');
  const second = namespaceConditions({ ...empty, remaining: new Map([['pods.', 1]]) }, first, later);
  const third = namespaceConditions(empty, second, later);
  const time = (conditions: typeof first) =>
    conditions.find(({ type }) => type === 'NamespaceContentRemaining')?.lastTransitionTime;
  expect([time(first), time(second), time(third)]).toEqual([
    '2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00Z',
    '2026-01-01T00:01:00Z',
  ]);
  expect(third[0]).toEqual(custom);
});
