import { describe, expect, test } from 'bun:test';
import type { Deployment, DeploymentStatus, ReplicaSet } from '@hawser/api';
import { annotationsAtRevision } from './annotations.ts';
import { isComplete, rolloutStatus } from './deployment-status.ts';
import { newReplicaSet } from './new-replica-set.ts';
import { planRollingUpdate } from './plan-rollout.ts';
import { isScalingEvent, planScale } from './plan-scale.ts';
import { findNew } from './replica-set-selection.ts';
import { rolloutLimits } from './rollout-limits.ts';

const NOW = new Date('2026-01-01T12:00:00Z');
const template = (image: string) => ({
  metadata: { name: '', labels: { app: 'a' } },
  spec: { containers: [{ name: 'c', image }] },
});

function deployment(spec: Partial<Deployment['spec']> = {}, status?: DeploymentStatus): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', namespace: 'x', uid: 'u', generation: 2 },
    spec: {
      replicas: 10,
      selector: { matchLabels: { app: 'a' } },
      template: template('new'),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      progressDeadlineSeconds: 600,
      ...spec,
    },
    status,
  };
}

function set(
  name: string,
  replicas: number,
  available = replicas,
  metadata: object = {},
  image = 'old',
): ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, uid: name, creationTimestamp: `2026-01-01T00:00:0${name.length}Z`, ...metadata },
    spec: { replicas, selector: {}, template: template(image) },
    status: { replicas, readyReplicas: available, availableReplicas: available },
  };
}

const plan = (fresh: ReplicaSet, old: ReplicaSet[], spec: Partial<Deployment['spec']> = {}) =>
  planRollingUpdate(rolloutLimits(deployment(spec)), fresh, old).map(
    ({ set: { metadata }, replicas }) => `${metadata.name} ${replicas}`,
  );

describe('limits', () => {
  const limits = (maxSurge: number | string, maxUnavailable: number | string, replicas = 10) =>
    rolloutLimits(
      deployment({
        replicas,
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } },
      }),
    );
  test('round the surge up and what may be missing down', () =>
    expect(limits('25%', '25%')).toEqual({ desired: 10, maxSurge: 3, maxUnavailable: 2 }));
  test('let one be missing where nothing could move', () =>
    expect(limits('0%', '1%', 3)).toEqual({ desired: 3, maxSurge: 0, maxUnavailable: 1 }));
  test('let no more be missing than there are', () => expect(limits(0, 20).maxUnavailable).toBe(10));
});

describe('a rolling update', () => {
  test('first grows the new set as far as the surge allows', () =>
    expect(plan(set('new', 0), [set('old', 10)])).toEqual(['new 3']));
  test('then shrinks the old one as far as enough pods stay available', () =>
    expect(plan(set('new', 3, 0), [set('old', 10)])).toEqual(['old 8']));
  test('waits while the new pods are not available', () =>
    expect(plan(set('new', 5, 0), [set('old', 8)])).toEqual([]));
  test('takes away first what is not available', () =>
    expect(plan(set('new', 3, 0), [set('a', 5, 3), set('bb', 5, 5)])).toEqual(['a 3']));
  test('ends with the last of the old', () => {
    expect(plan(set('new', 10), [set('old', 3)])).toEqual(['old 0']);
    expect(plan(set('new', 10), [set('old', 0)])).toEqual([]);
  });
  test('shrinks the new set when the Deployment shrank', () =>
    expect(plan(set('new', 10), [], { replicas: 4 })).toEqual(['new 4']));
});

describe('another size', () => {
  const sized = (name: string, replicas: number, last: number) =>
    set(name, replicas, replicas, {
      annotations: {
        'deployment.kubernetes.io/desired-replicas': String(last),
        'deployment.kubernetes.io/max-replicas': String(last + 3),
      },
    });
  const scale = (replicas: number, fresh: ReplicaSet | undefined, old: ReplicaSet[]) => {
    const wanted = deployment({ replicas });
    return planScale(wanted, rolloutLimits(wanted), fresh, old).map(
      ({ set: { metadata }, replicas: size }) => `${metadata.name} ${size}`,
    );
  };
  test('is told by what the sets were last resized for', () => {
    const limits = rolloutLimits(deployment());
    expect(isScalingEvent(limits, [sized('a', 5, 10)])).toBe(false);
    expect(isScalingEvent(limits, [sized('a', 5, 9)])).toBe(true);
    expect(isScalingEvent(limits, [sized('a', 0, 9)])).toBe(false);
  });
  test('goes to the only set there is', () => expect(scale(7, sized('new', 10, 10), [])).toEqual(['new 7']));
  test('is shared in the middle of a rollout, what is left over going to the largest', () => {
    // 5 of 13, 8 of 13 → 19 of 15 + 4.
    expect(scale(15, sized('new', 5, 10), [sized('old', 8, 10)])).toEqual(['old 12', 'new 7']);
    expect(scale(0, sized('new', 5, 10), [sized('old', 8, 10)])).toEqual(['old 0', 'new 0']);
  });
});

test('the set of the current template is told by the template, not by its hash', () => {
  const own = newReplicaSet(deployment(), rolloutLimits(deployment()), 1, 3);
  const stored = { ...set('s', 3), spec: own.spec } as ReplicaSet;
  expect(findNew(deployment(), [set('other', 1), stored])).toBe(stored);
  const collided = newReplicaSet(deployment({}, { collisionCount: 1 }), rolloutLimits(deployment()), 1, 3);
  expect(collided.metadata.name).not.toBe(own.metadata.name);
});

test('a set that is taken up again remembers its former revisions', () => {
  const at = (revision: number, annotations: Record<string, string>) =>
    annotationsAtRevision(set('s', 1, 1, { annotations }), deployment(), revision);
  const first = at(1, {});
  expect(first).toEqual({ 'deployment.kubernetes.io/revision': '1' });
  const third = at(3, first);
  expect(third).toEqual({
    'deployment.kubernetes.io/revision': '3',
    'deployment.kubernetes.io/revision-history': '1',
  });
  expect(at(5, third)['deployment.kubernetes.io/revision-history']).toBe('1,3');
});

describe('what is said of a rollout', () => {
  const progress = (d: Deployment, sets: ReplicaSet[], fresh: ReplicaSet) =>
    rolloutStatus(d, sets, fresh, NOW).conditions?.find(({ type }) => type === 'Progressing');
  const since = (lastUpdateTime: string, reason = 'ReplicaSetUpdated') => ({
    updatedReplicas: 3,
    replicas: 13,
    readyReplicas: 10,
    availableReplicas: 10,
    conditions: [
      { type: 'Progressing', status: 'True', reason, lastUpdateTime, lastTransitionTime: lastUpdateTime },
    ],
  });
  const sets = (available: number) => [set('new', 3, available, {}, 'new'), set('old', 10)];

  test('is that it goes on, when more pods are ready', () => {
    const [fresh, old] = sets(1);
    const said = progress(deployment({}, since('2026-01-01T11:59:00Z')), [fresh!, old!], fresh!);
    expect(said).toMatchObject({ reason: 'ReplicaSetUpdated', lastUpdateTime: '2026-01-01T12:00:00Z' });
  });
  test('is that it failed, when nothing happened until the deadline', () => {
    const [fresh, old] = sets(0);
    const before = progress(deployment({}, since('2026-01-01T11:50:01Z')), [fresh!, old!], fresh!);
    expect(before?.status).toBe('True');
    const after = progress(deployment({}, since('2026-01-01T11:49:59Z')), [fresh!, old!], fresh!);
    expect(after).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
  });
  test('is that it has come to its end', () => {
    const fresh = set('new', 10, 10, {}, 'new');
    const d = deployment({}, since('2026-01-01T11:59:00Z'));
    expect(progress(d, [fresh], fresh)).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' });
    expect(isComplete(d, rolloutStatus(d, [fresh], fresh, NOW))).toBe(true);
  });
});
