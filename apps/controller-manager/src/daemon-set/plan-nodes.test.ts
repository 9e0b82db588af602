import { describe, expect, test } from 'bun:test';
import type { DaemonSet, Node, Pod, Taint } from '@hawser/api';
import { matchesNodeSelector } from '../scheduler/match-node-selector.ts';
import { daemonPod, targetNode } from './daemon-pod.ts';
import { daemonSetStatus } from './daemon-set-status.ts';
import { daemonView, planPods, planUpdate } from './plan-nodes.ts';

const NOW = new Date('2026-01-01T12:00:00Z');

function set(spec: Partial<DaemonSet['spec']> = {}): DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'd', namespace: 'x', uid: 'u' },
    spec: {
      selector: {},
      template: { spec: { containers: [] } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      ...spec,
    },
  };
}

const node = (name: string, taints: Taint[] = [], labels: Record<string, string> = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels },
  spec: { taints },
});

interface Parts {
  node?: string;
  hash?: string;
  ready?: boolean;
  phase?: string;
  leaving?: boolean;
  age?: number;
}

function pod(
  name: string,
  { node: on = 'n1', hash = 'new', ready = true, phase = 'Running', leaving = false, age = 1 }: Parts = {},
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { 'controller-revision-hash': hash },
      creationTimestamp: `2026-01-01T${String(11 - age).padStart(2, '0')}:00:00Z`,
      ...(leaving ? { deletionTimestamp: '2026-01-01T11:59:00Z' } : {}),
    },
    spec: { containers: [], nodeName: on },
    status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  } as Pod;
}

const names = (pods: readonly Pod[]) => pods.map(({ metadata }) => metadata.name);
const view = (nodes: Node[], pods: Pod[], spec: Partial<DaemonSet['spec']> = {}) =>
  daemonView(set(spec), nodes, pods, 'new', NOW);

describe('the pod for a node', () => {
  test('is bound there by its affinity, whatever else is required', () => {
    const draft = daemonPod(set(), 'n1', 'new') as unknown as Pod;
    expect(targetNode(draft)).toBe('n1');
    expect(matchesNodeSelector(draft, node('n1'))).toBe(true);
    expect(matchesNodeSelector(draft, node('n2'))).toBe(false);
  });
  test('puts up with the troubles of its node, and keeps its own tolerations', () => {
    const own = { key: 'mine', operator: 'Exists' as const };
    const template = { spec: { containers: [], tolerations: [own] } };
    const { tolerations = [] } = daemonPod(set({ template }), 'n1', 'new').spec;
    expect(tolerations[0]).toEqual(own);
    expect(tolerations.map(({ key }) => key)).toContain('node.kubernetes.io/unschedulable');
  });
});

describe('pods', () => {
  test('are made on nodes that have none, and taken from those that shall have none', () => {
    const template = { spec: { containers: [], nodeSelector: { disk: 'ssd' } } };
    const nodes = [node('n1', [], { disk: 'ssd' }), node('n2')];
    const plan = planPods(view(nodes, [pod('p', { node: 'n2' })], { template }));
    expect([plan.create, names(plan.remove)]).toEqual([['n1'], ['p']]);
  });
  test('stay where a taint only keeps new ones away', () => {
    const taints = (effect: Taint['effect']) => [node('n1', [{ key: 'a', effect }])];
    expect(planPods(view(taints('NoSchedule'), [pod('p')]))).toEqual({ create: [], remove: [] });
    expect(names(planPods(view(taints('NoExecute'), [pod('p')])).remove)).toEqual(['p']);
  });
  test('that are one too many go, the oldest stays', () => {
    const pods = [pod('young', { age: 1 }), pod('old', { age: 5 }), pod('ended', { phase: 'Failed' })];
    expect(names(planPods(view([node('n1')], pods)).remove).toSorted()).toEqual(['ended', 'young']);
  });
  test('that were made for a node that is gone go', () => {
    const waiting = { ...(daemonPod(set(), 'gone', 'new') as unknown as Pod) };
    waiting.metadata = { ...waiting.metadata, name: 'waiting' };
    expect(names(planPods(view([], [waiting])).remove)).toEqual(['waiting']);
  });
});

describe('an update', () => {
  const nodes = ['n1', 'n2', 'n3'].map((name) => node(name));
  const on = (at: string, parts: Parts = {}) =>
    pod(`${parts.hash ?? 'old'}-${at}`, { node: at, hash: 'old', ...parts });

  test('replaces as many as may be missing', () => {
    const pods = nodes.map(({ metadata }) => on(metadata.name));
    expect(planUpdate(view(nodes, pods)).remove).toHaveLength(1);
    const two = { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '50%' } } };
    expect(planUpdate(view(nodes, pods, two)).remove).toHaveLength(2);
  });
  test('waits for new ones, and does not wait for old ones that are broken', () => {
    const pods = [on('n1', { hash: 'new', ready: false }), on('n2', { ready: false }), on('n3')];
    expect(names(planUpdate(view(nodes, pods)).remove)).toEqual(['old-n2']);
  });
  test('with a surge makes the new one first', () => {
    const surge = {
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    };
    const start = planUpdate(view(nodes, [on('n1'), on('n2'), on('n3')], surge));
    expect([start.create.length, start.remove.length]).toEqual([1, 0]);
    const both = [on('n1'), on('n1', { hash: 'new' }), on('n2'), on('n3')];
    const next = planUpdate(view(nodes, both, surge));
    expect([next.create.length, names(next.remove)]).toEqual([1, ['old-n1']]);
  });
});

test('the status counts nodes', () => {
  const template = { spec: { containers: [], nodeSelector: { disk: 'ssd' } } };
  const nodes = [node('n1', [], { disk: 'ssd' }), node('n2', [], { disk: 'ssd' }), node('n3')];
  const pods = [pod('a'), pod('b', { node: 'n3' })];
  expect(daemonSetStatus(view(nodes, pods, { template }))).toMatchObject({
    desiredNumberScheduled: 2,
    currentNumberScheduled: 1,
    numberMisscheduled: 1,
    numberReady: 1,
    numberAvailable: 1,
    numberUnavailable: 1,
    updatedNumberScheduled: 1,
  });
});
