import { expect, test } from 'bun:test';
import type { Node, Pod, Taint, Toleration } from '@hawser/api';
import { evictionRates, zoneState } from './disruption.ts';
import { evictionTimeMs } from './eviction-time.ts';
import { isSilent, Listening, observeHeartbeat, silentConditions } from './node-health.ts';
import { reconcileTaints, wantedNoExecute, wantedNoSchedule } from './node-taints.ts';
import { tolerates } from './tolerates.ts';

const now = new Date('2026-01-01T00:10:00Z');

function node(
  conditions: Record<string, string>,
  spec: Node['spec'] = {},
  labels: Record<string, string> = {},
): Node {
  const heartbeat = { lastHeartbeatTime: '2026-01-01T00:00:00Z', lastTransitionTime: '2026-01-01T00:00:00Z' };
  const listed = Object.entries(conditions).map(([type, status]) => ({
    type,
    status,
    reason: 'R',
    ...heartbeat,
  }));
  const metadata = { name: 'n1', creationTimestamp: '2025-12-31T00:00:00Z', labels };
  return { apiVersion: 'v1', kind: 'Node', metadata, spec, status: { conditions: listed } };
}

const lease = (renewTime: string) => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name: 'n1', namespace: 'kube-node-lease' },
  spec: { renewTime },
});

test('a renewed lease is a sign of life, an old one is not', () => {
  const ready = node({ Ready: 'True' });
  const first = observeHeartbeat(undefined, ready, lease('1'), 1000);
  expect(observeHeartbeat(first, ready, lease('1'), 5000)).toEqual(first);
  expect(observeHeartbeat(first, ready, lease('2'), 5000).seenAtMs).toBe(5000);
});

test('a node is silent when its grace is over; a new one has a grace of its own', () => {
  const grace = { monitorMs: 40_000, startupMs: 60_000 };
  const heartbeat = { sign: '', seenAtMs: 0 };
  expect(isSilent(node({ Ready: 'True' }), heartbeat, grace, 40_000, 0)).toBe(false);
  expect(isSilent(node({ Ready: 'True' }), heartbeat, grace, 40_001, 0)).toBe(true);
  expect(isSilent(node({}), heartbeat, grace, 60_000, 0)).toBe(false);
  expect(isSilent(node({}), heartbeat, grace, 60_001, 0)).toBe(true);
});

test('a node is not silent because nobody could hear it', () => {
  const grace = { monitorMs: 40_000, startupMs: 60_000 };
  const heartbeat = { sign: '', seenAtMs: 0 };
  const listening = new Listening(40_000);
  const silentAt = (nowMs: number, heardSinceMs = Number.NEGATIVE_INFINITY) => {
    const sinceMs = listening.begin(nowMs, heardSinceMs);
    listening.end(nowMs);
    return isSilent(node({ Ready: 'True' }), heartbeat, grace, nowMs, sinceMs);
  };
  expect([silentAt(0), silentAt(35_000)]).toEqual([false, false]);
  // The server was away until 60 s.
  expect(silentAt(70_000, 60_000)).toBe(false);
  expect(silentAt(100_001, 60_000)).toBe(true);
  // The process stood still for an hour.
  expect([silentAt(3_700_000, 60_000), silentAt(3_720_000, 60_000)]).toEqual([false, false]);
  expect(silentAt(3_740_001, 60_000)).toBe(true);
});

test('a silent node is Unknown in all that its kubelet says, and stays as others say', () => {
  const conditions = silentConditions(node({ Ready: 'True', MemoryPressure: 'False', Custom: 'True' }), now)!;
  expect(conditions.map(({ type, status, reason }) => [type, status, reason])).toEqual([
    ['Ready', 'Unknown', 'NodeStatusUnknown'],
    ['MemoryPressure', 'Unknown', 'NodeStatusUnknown'],
    ['Custom', 'True', 'R'],
    ['DiskPressure', 'Unknown', 'NodeStatusNeverUpdated'],
    ['PIDPressure', 'Unknown', 'NodeStatusNeverUpdated'],
  ]);
  expect(conditions[0]).toMatchObject({
    message: 'Kubelet stopped posting node status.',
    lastHeartbeatTime: '2026-01-01T00:00:00Z',
    lastTransitionTime: '2026-01-01T00:10:00Z',
  });
});

test('a node that is Unknown already is left alone', () => {
  const all = {
    Ready: 'Unknown',
    MemoryPressure: 'Unknown',
    DiskPressure: 'Unknown',
    PIDPressure: 'Unknown',
  };
  expect(silentConditions(node(all), now)).toBeUndefined();
});

const key = (name: string) => `node.kubernetes.io/${name}`;

test.each<{ name: string; node: Node; noSchedule: string[]; noExecute: string[] }>([
  { name: 'a ready node', node: node({ Ready: 'True' }), noSchedule: [], noExecute: [] },
  {
    name: 'a node that is not ready',
    node: node({ Ready: 'False' }),
    noSchedule: ['not-ready'],
    noExecute: ['not-ready'],
  },
  {
    name: 'a lost node',
    node: node({ Ready: 'Unknown' }),
    noSchedule: ['unreachable'],
    noExecute: ['unreachable'],
  },
  {
    name: 'a node that has said nothing yet',
    node: node({}),
    noSchedule: ['not-ready'],
    noExecute: ['not-ready'],
  },
  {
    name: 'a node under pressure',
    node: node({ Ready: 'True', MemoryPressure: 'True', DiskPressure: 'False', PIDPressure: 'True' }),
    noSchedule: ['memory-pressure', 'pid-pressure'],
    noExecute: [],
  },
  {
    name: 'a cordoned node',
    node: node({ Ready: 'True' }, { unschedulable: true }),
    noSchedule: ['unschedulable'],
    noExecute: [],
  },
])('taints of $name', ({ node, noSchedule, noExecute }) => {
  expect(wantedNoSchedule(node)).toEqual(noSchedule.map(key));
  expect(wantedNoExecute(node)).toEqual(noExecute.map(key));
});

test("only this controller's taints of the effect are brought in line", () => {
  const theirs: Taint = { key: 'dedicated', value: 'gpu', effect: 'NoSchedule' };
  const stale: Taint = { key: key('not-ready'), effect: 'NoSchedule' };
  const execute: Taint = { key: key('not-ready'), effect: 'NoExecute' };
  const tainted = node({ Ready: 'Unknown' }, { taints: [theirs, stale, execute] });
  expect(reconcileTaints(tainted, 'NoSchedule', wantedNoSchedule(tainted), now)).toEqual([
    theirs,
    execute,
    { key: key('unreachable'), effect: 'NoSchedule', timeAdded: '2026-01-01T00:10:00Z' },
  ]);
  const current = node({ Ready: 'True' }, { taints: [theirs] });
  expect(reconcileTaints(current, 'NoSchedule', wantedNoSchedule(current), now)).toBeUndefined();
});

const nodesOf = (ready: number, lost: number, zone = 'a') => {
  const labels = { 'topology.kubernetes.io/zone': zone };
  return Array.from({ length: ready + lost }, (_, i) =>
    node({ Ready: i < ready ? 'True' : 'Unknown' }, {}, labels),
  );
};

test.each([
  { ready: 3, lost: 0, state: 'Normal' },
  { ready: 2, lost: 2, state: 'Normal' },
  { ready: 2, lost: 3, state: 'PartialDisruption' },
  { ready: 0, lost: 1, state: 'FullDisruption' },
])('$ready ready and $lost lost: $state', ({ ready, lost, state }) => {
  expect(zoneState(nodesOf(ready, lost)) as string).toBe(state);
});

test.each([
  { name: 'one of two nodes lost', nodes: nodesOf(1, 1), rates: { ':a': 0.1 } },
  { name: 'all nodes lost: nobody is evicted', nodes: nodesOf(0, 2), rates: { ':a': 0 } },
  {
    name: 'one zone of two lost',
    nodes: [...nodesOf(0, 2), ...nodesOf(2, 0, 'b')],
    rates: { ':a': 0.1, ':b': 0.1 },
  },
  {
    name: 'most of a small zone lost',
    nodes: [...nodesOf(1, 4), ...nodesOf(2, 0, 'b')],
    rates: { ':a': 0, ':b': 0.1 },
  },
  { name: 'most of a large zone lost', nodes: nodesOf(10, 50), rates: { ':a': 0.01 } },
])('eviction rate, $name', ({ nodes, rates }) => {
  expect(Object.fromEntries(evictionRates(nodes, 0.1))).toEqual(rates as Record<string, number>);
});

const taint: Taint = { key: 'k', value: 'v', effect: 'NoExecute', timeAdded: '2026-01-01T00:09:00Z' };

test.each<{ name: string; toleration: Toleration; expected: boolean; taint?: Taint }>([
  { name: 'equal', toleration: { key: 'k', value: 'v', effect: 'NoExecute' }, expected: true },
  { name: 'equal, any effect', toleration: { key: 'k', operator: 'Equal', value: 'v' }, expected: true },
  { name: 'another value', toleration: { key: 'k', value: 'w' }, expected: false },
  { name: 'another key', toleration: { key: 'l', operator: 'Exists' }, expected: false },
  { name: 'another effect', toleration: { key: 'k', value: 'v', effect: 'NoSchedule' }, expected: false },
  { name: 'exists', toleration: { key: 'k', operator: 'Exists' }, expected: true },
  { name: 'everything', toleration: { operator: 'Exists' }, expected: true },
  { name: 'no key with Equal', toleration: { value: 'v' }, expected: false },
  {
    name: 'greater',
    toleration: { key: 'k', operator: 'Gt', value: '5' },
    expected: true,
    taint: { ...taint, value: '7' },
  },
  {
    name: 'not less',
    toleration: { key: 'k', operator: 'Lt', value: '5' },
    expected: false,
    taint: { ...taint, value: '7' },
  },
  { name: 'no number', toleration: { key: 'k', operator: 'Gt', value: '5' }, expected: false },
])('toleration: $name', ({ toleration, expected, taint: other = taint }) => {
  expect(tolerates(toleration, other)).toBe(expected);
});

const podWith = (tolerations: Toleration[], creationTimestamp = '2026-01-01T00:00:00Z'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'x', creationTimestamp },
  spec: { containers: [], tolerations },
});

const forSeconds = (tolerationSeconds?: number): Toleration => ({
  key: 'k',
  operator: 'Exists',
  tolerationSeconds,
});

test.each<{ name: string; pod: Pod; taints: Taint[]; expected: string | 0 | undefined }>([
  { name: 'no taint: never', pod: podWith([]), taints: [], expected: undefined },
  {
    name: 'NoSchedule only: never',
    pod: podWith([]),
    taints: [{ ...taint, effect: 'NoSchedule' }],
    expected: undefined,
  },
  { name: 'not tolerated: at once', pod: podWith([]), taints: [taint], expected: 0 },
  { name: 'tolerated for ever: never', pod: podWith([forSeconds()]), taints: [taint], expected: undefined },
  {
    name: 'for a while: from when the taint was added',
    pod: podWith([forSeconds(300)]),
    taints: [taint],
    expected: '2026-01-01T00:14:00Z',
  },
  {
    name: 'for no time: then',
    pod: podWith([forSeconds(-5)]),
    taints: [taint],
    expected: '2026-01-01T00:09:00Z',
  },
  {
    name: 'a newer pod: from when it was made',
    pod: podWith([forSeconds(60)], '2026-01-01T00:09:30Z'),
    taints: [taint],
    expected: '2026-01-01T00:10:30Z',
  },
  {
    name: 'the shorter toleration counts',
    pod: podWith([forSeconds(300), forSeconds(60)]),
    taints: [taint],
    expected: '2026-01-01T00:10:00Z',
  },
  {
    name: 'one of two not tolerated: at once',
    pod: podWith([forSeconds(300)]),
    taints: [taint, { key: 'x', effect: 'NoExecute' }],
    expected: 0,
  },
])('eviction, $name', ({ pod, taints, expected }) => {
  const expectedMs = typeof expected === 'string' ? Date.parse(expected) : expected;
  expect(evictionTimeMs(pod, taints, now.getTime())).toBe(expectedMs as number);
});
