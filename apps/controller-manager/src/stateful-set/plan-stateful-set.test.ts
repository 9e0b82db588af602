import { describe, expect, test } from 'bun:test';
import type { Pod, StatefulSet } from '@hawser/api';
import { planStatefulSet, statefulView } from './plan-stateful-set.ts';
import { ordinalOf, statefulPod } from './stateful-pod.ts';

const NOW = new Date('2026-01-01T12:00:00Z');

function set(spec: Partial<StatefulSet['spec']> = {}): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 's', namespace: 'x', uid: 'u' },
    spec: {
      replicas: 3,
      selector: {},
      template: { spec: { containers: [] } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      ...spec,
    },
  };
}

type State = 'ready' | 'broken' | 'leaving' | 'failed';

function pod(ordinal: number, state: State = 'ready', revision = 'new'): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `s-${ordinal}`,
      labels: { 'controller-revision-hash': revision },
      ...(state === 'leaving' ? { deletionTimestamp: '2026-01-01T11:59:00Z' } : {}),
    },
    spec: { containers: [] },
    status: {
      phase: state === 'failed' ? 'Failed' : state === 'broken' ? 'Pending' : 'Running',
      conditions: [{ type: 'Ready', status: state === 'ready' ? 'True' : 'False' }],
    },
  };
}

const plan = (pods: Pod[], spec: Partial<StatefulSet['spec']> = {}) => {
  const { create, replace, condemn } = planStatefulSet(statefulView(set(spec), pods, 'new', NOW));
  const names = (list: readonly Pod[]) => list.map(({ metadata }) => metadata.name);
  return { create, replace: names(replace), condemn: names(condemn) };
};
const nothing = { create: [], replace: [], condemn: [] };

describe('in order', () => {
  test('the lowest missing pod is made, when those before it are ready', () => {
    expect(plan([]).create).toEqual([0]);
    expect(plan([pod(0)]).create).toEqual([1]);
    expect(plan([pod(0, 'broken')])).toEqual(nothing);
    expect(plan([pod(0, 'leaving')])).toEqual(nothing);
    expect(plan([pod(1)]).create).toEqual([0]);
  });
  test('a pod that has ended is made anew', () => expect(plan([pod(0, 'failed')]).replace).toEqual(['s-0']));
  test('the highest goes first, when all are ready', () => {
    const pods = [pod(0), pod(1), pod(2)];
    expect(plan(pods, { replicas: 1 }).condemn).toEqual(['s-2']);
    expect(plan([pod(0, 'broken'), pod(1)], { replicas: 1 })).toEqual(nothing);
    expect(plan([pod(0), pod(1), pod(2, 'leaving')], { replicas: 1 })).toEqual(nothing);
  });
  test('the last of several broken ones waits for the others', () => {
    expect(plan([pod(0), pod(1, 'broken'), pod(2, 'broken')], { replicas: 1 })).toEqual(nothing);
    expect(plan([pod(0), pod(1, 'broken')], { replicas: 1 }).condemn).toEqual(['s-1']);
  });
  test('ordinals may start elsewhere', () =>
    expect(plan([pod(0), pod(5)], { ordinals: { start: 5 }, replicas: 2 }).create).toEqual([6]));
});

test('with Parallel all are made, and go, at once', () => {
  const spec = { podManagementPolicy: 'Parallel' };
  expect(plan([pod(1, 'broken')], spec).create).toEqual([0, 2]);
  expect(plan([pod(0), pod(1), pod(2)], { ...spec, replicas: 1 }).condemn).toEqual(['s-2', 's-1']);
});

describe('an update', () => {
  const old = (ordinal: number, state: State = 'ready') => pod(ordinal, state, 'old');
  const update = (rollingUpdate: object) => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } });

  test('goes from the highest down, one after another', () => {
    expect(plan([old(0), old(1), old(2)]).replace).toEqual(['s-2']);
    expect(plan([old(0), old(1), pod(2)]).replace).toEqual(['s-1']);
    expect(plan([old(0), old(1), pod(2, 'broken')])).toEqual(nothing);
  });
  test('stops at its partition', () =>
    expect(plan([old(0), old(1), pod(2)], update({ partition: 2 }))).toEqual(nothing));
  test('is not held up by a pod of an old revision that never became ready', () => {
    expect(plan([old(0), old(1), old(2, 'broken')]).replace).toEqual(['s-2']);
    expect(plan([old(0, 'broken')]).replace).toEqual([]);
  });
  test('may take several at once', () => {
    const three = [old(0), old(1), old(2)];
    expect(plan(three, update({ maxUnavailable: 2 })).replace).toEqual(['s-2', 's-1']);
    expect(
      plan([old(0), old(1), pod(2, 'broken')], {
        ...update({ maxUnavailable: 2 }),
        podManagementPolicy: 'Parallel',
      }).replace,
    ).toEqual(['s-1']);
  });
  test('with OnDelete is left to others', () =>
    expect(plan([old(0), old(1), old(2)], { updateStrategy: { type: 'OnDelete' } })).toEqual(nothing));
});

test('a pod has the name, the host name and the claims of its ordinal', () => {
  const template = { spec: { containers: [], volumes: [{ name: 'data' }, { name: 'tmp' }] } };
  const revision = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name: 's-abc' },
    revision: 1,
    data: { spec: { template: { ...template, $patch: 'replace' } } },
  };
  const claims = [{ metadata: { name: 'data' } }];
  const draft = statefulPod(set({ serviceName: 'peers', volumeClaimTemplates: claims }), 2, revision);
  expect(draft.metadata).toMatchObject({
    name: 's-2',
    labels: {
      'statefulset.kubernetes.io/pod-name': 's-2',
      'apps.kubernetes.io/pod-index': '2',
      'controller-revision-hash': 's-abc',
    },
  });
  expect(draft.spec).toMatchObject({ hostname: 's-2', subdomain: 'peers' });
  expect(draft.spec.volumes).toEqual([
    { name: 'data', persistentVolumeClaim: { claimName: 'data-s-2' } },
    { name: 'tmp' },
  ]);
  expect(draft.spec).not.toHaveProperty('$patch');
});

test('only a name that ends with a number is one of its pods', () => {
  const named = (name: string) => ordinalOf(set(), { ...pod(0), metadata: { name } });
  expect(['s-0', 's-12', 's-01', 's-', 's-x', 't-0', 's-1-2'].map(named)).toEqual([
    0,
    12,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
