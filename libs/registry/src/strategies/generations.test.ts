import { describe, expect, test } from 'bun:test';
import { allKinds } from '@hawser/api';
import { strategyFor } from './strategy-for.ts';

/** Those whose strategies in kubernetes/pkg/registry set `metadata.generation` when an object is made. */
const COUNTED = new Set([
  'CronJob',
  'DaemonSet',
  'Deployment',
  'Ingress',
  'IngressClass',
  'Job',
  'NetworkPolicy',
  'Pod',
  'PodDisruptionBudget',
  'PriorityClass',
  'ReplicaSet',
  'ReplicationController',
  'StatefulSet',
]);

describe('changes are counted as upstream counts them:', () => {
  test.each(allKinds.map((kind) => [kind.kind, kind] as const))('%s', (name, kind) => {
    expect(strategyFor(kind).countsGenerations ?? false).toBe(COUNTED.has(name));
  });
});
