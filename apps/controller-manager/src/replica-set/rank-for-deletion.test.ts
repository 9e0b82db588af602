import { describe, expect, test } from 'bun:test';
import type { Pod } from '@hawser/api';
import { podsToDelete } from './rank-for-deletion.ts';

const NOW = new Date('2026-01-01T12:00:00Z');
const HOURS_AGO = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000).toISOString();

interface Parts {
  node?: string;
  phase?: string;
  readySince?: string;
  cost?: string;
  restarts?: number;
  createdAt?: string;
}

function pod(uid: string, parts: Parts = {}): Pod {
  const {
    node = 'n1',
    phase = 'Running',
    readySince = HOURS_AGO(1),
    cost,
    restarts = 0,
    createdAt = HOURS_AGO(2),
  } = parts;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: uid,
      uid,
      creationTimestamp: createdAt,
      annotations: cost === undefined ? {} : { 'controller.kubernetes.io/pod-deletion-cost': cost },
    },
    spec: { containers: [], nodeName: node },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: readySince ? 'True' : 'False', lastTransitionTime: readySince }],
      containerStatuses: [{ name: 'c', ready: true, restartCount: restarts, image: '', imageID: '' }],
    },
  } as Pod;
}

describe('the first to go is', () => {
  const cases: { name: string; first: Parts; other: Parts }[] = [
    { name: 'one without a node', first: { node: '' }, other: {} },
    { name: 'one that is pending', first: { phase: 'Pending' }, other: {} },
    { name: 'one that is not ready', first: { readySince: '' }, other: {} },
    { name: 'one that costs less', first: { cost: '-1' }, other: {} },
    { name: 'one whose node has two', first: {}, other: { node: 'n2' } },
    {
      name: 'one that became ready lately',
      first: { readySince: HOURS_AGO(1) },
      other: { readySince: HOURS_AGO(9) },
    },
    { name: 'one that was restarted', first: { restarts: 3 }, other: {} },
    { name: 'one that is younger', first: { createdAt: HOURS_AGO(2) }, other: { createdAt: HOURS_AGO(20) } },
  ];
  for (const { name, first, other } of cases)
    test(name, () => {
      // The one that stays comes first by UID, so that only what is told makes the difference.
      const [goes, stays] = [pod('b', first), pod('a', other)];
      const related = name.includes('two') ? [goes, stays, pod('c', first)] : [];
      for (const pods of [
        [goes, stays],
        [stays, goes],
      ])
        expect(podsToDelete(pods, related, 1, NOW)).toEqual([goes]);
    });
});

test('all go when all are too many', () => {
  const pods = [pod('a'), pod('b')];
  expect(podsToDelete(pods, [], 5, NOW)).toEqual(pods);
});
