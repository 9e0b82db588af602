import { expect, test } from 'bun:test';
import type { Pod } from '@hawser/api';
import { orphanedPods, surplusPods, unscheduledTerminating } from './collectable-pods.ts';

type Phase = NonNullable<Pod['status']>['phase'];

const pod = (
  name: string,
  phase: Phase,
  nodeName?: string,
  metadata: Partial<Pod['metadata']> = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
  spec: { containers: [], nodeName },
  status: { phase },
});
const names = (pods: Pod[]) => pods.map(({ metadata }) => metadata.name);

test('of too many pods that have ended, the oldest go', () => {
  const at = (hour: number) => ({ creationTimestamp: `2026-01-01T0${hour}:00:00Z` });
  const pods = [
    pod('c', 'Failed', 'n', at(3)),
    pod('a', 'Succeeded', 'n', at(1)),
    pod('r', 'Running', 'n', at(0)),
    pod('b', 'Failed', 'n', at(2)),
  ];
  expect(names(surplusPods(pods, 1))).toEqual(['a', 'b']);
  expect(names(surplusPods(pods, 3))).toEqual([]);
  expect(names(surplusPods(pods, 0))).toEqual([]);
});

test('pods deleted before they had a node go', () => {
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  const pods = [
    pod('a', 'Pending', undefined, { deletionTimestamp }),
    pod('b', 'Pending'),
    pod('c', 'Running', 'n', { deletionTimestamp }),
  ];
  expect(names(unscheduledTerminating(pods))).toEqual(['a']);
});

test('pods of nodes that are not there are orphans', () => {
  const pods = [pod('a', 'Running', 'gone'), pod('b', 'Running', 'here'), pod('c', 'Pending')];
  expect(names(orphanedPods(pods, new Set(['here'])))).toEqual(['a']);
});
