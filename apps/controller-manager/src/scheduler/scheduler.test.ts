import { expect, test } from 'bun:test';
import type { Node, Pod } from '@hawser/api';
import { FakeClock, WorkQueue } from '@hawser/runtime';
import { awaitsScheduling, nodeMakesDifference } from './eligibility.ts';
import { rejections } from './filters.ts';
import { nodeInfoOf } from './node-info.ts';
import { podRequests } from './pod-resources.ts';
import { scoreNodes } from './scores.ts';
import { selectNode } from './select-node.ts';
import { WaitingRoom } from './waiting-room.ts';

interface NodeParts {
  name?: string;
  labels?: Record<string, string>;
  spec?: Node['spec'];
  ready?: string;
  allocatable?: Record<string, string>;
}

function node({
  name = 'n1',
  labels = {},
  spec = {},
  ready = 'True',
  allocatable = {},
}: NodeParts = {}): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels },
    spec,
    status: {
      allocatable: { cpu: '2', memory: '4Gi', pods: '110', ...allocatable },
      conditions: [{ type: 'Ready', status: ready }],
    },
  };
}

function pod(
  spec: Partial<Pod['spec']> = {},
  requests: Record<string, string> = {},
  metadata: Partial<Pod['metadata']> = {},
): Pod {
  const containers = [{ name: 'c', resources: { requests } }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'x', ...metadata },
    spec: { containers, ...spec },
  };
}

const withPort = (hostPort: number, hostIP?: string) =>
  pod({ containers: [{ name: 'c', ports: [{ containerPort: 80, hostPort, hostIP }] }] });
const required = (
  matchExpressions: {
    key: string;
    operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';
    values?: string[];
  }[],
) => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] },
    },
  },
});
const AFFINITY = "node(s) didn't match Pod's node affinity/selector";
const TAINT = 'node(s) had untolerated taint(s)';
const PORTS = "node(s) didn't have free ports for the requested pod ports";
const noExecute = { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' as const };

test.each<{ name: string; pod: Pod; node?: Node; others?: Pod[]; reasons: string[] }>([
  { name: 'a plain pod, a plain node', pod: pod(), reasons: [] },
  {
    name: 'a required anti-affinity, which is not kept',
    pod: pod({
      affinity: {
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname' }],
        },
      },
    }),
    reasons: ['required pod affinity and anti-affinity are not supported'],
  },
  {
    name: 'a required spread, which is not kept',
    pod: pod({
      topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
    }),
    reasons: ['topology spread constraints that must hold are not supported'],
  },
  {
    name: 'a cordoned node',
    pod: pod(),
    node: node({ spec: { unschedulable: true } }),
    reasons: ['node(s) were unschedulable'],
  },
  {
    name: 'a cordoned node, tolerated',
    pod: pod({ tolerations: [{ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' }] }),
    node: node({ spec: { unschedulable: true } }),
    reasons: [],
  },
  {
    name: 'a taint',
    pod: pod(),
    node: node({ spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } }),
    reasons: [TAINT],
  },
  { name: 'a NoExecute taint', pod: pod(), node: node({ spec: { taints: [noExecute] } }), reasons: [TAINT] },
  {
    name: 'a taint that only prefers',
    pod: pod(),
    node: node({ spec: { taints: [{ key: 'gpu', effect: 'PreferNoSchedule' }] } }),
    reasons: [],
  },
  {
    name: 'a tolerated taint',
    pod: pod({ tolerations: [{ key: 'gpu', operator: 'Exists' }] }),
    node: node({ spec: { taints: [{ key: 'gpu', effect: 'NoSchedule' }] } }),
    reasons: [],
  },
  {
    name: 'a node that is not ready',
    pod: pod(),
    node: node({ ready: 'False' }),
    reasons: ['node(s) were not ready'],
  },
  {
    name: 'a node selector that fits',
    pod: pod({ nodeSelector: { disk: 'ssd' } }),
    node: node({ labels: { disk: 'ssd' } }),
    reasons: [],
  },
  { name: 'a node selector that does not', pod: pod({ nodeSelector: { disk: 'ssd' } }), reasons: [AFFINITY] },
  {
    name: 'affinity In',
    pod: pod(required([{ key: 'z', operator: 'In', values: ['a', 'b'] }])),
    node: node({ labels: { z: 'b' } }),
    reasons: [],
  },
  {
    name: 'affinity NotIn',
    pod: pod(required([{ key: 'z', operator: 'NotIn', values: ['b'] }])),
    node: node({ labels: { z: 'b' } }),
    reasons: [AFFINITY],
  },
  {
    name: 'affinity Gt',
    pod: pod(required([{ key: 'cpus', operator: 'Gt', values: ['4'] }])),
    node: node({ labels: { cpus: '8' } }),
    reasons: [],
  },
  {
    name: 'affinity Lt',
    pod: pod(required([{ key: 'cpus', operator: 'Lt', values: ['4'] }])),
    node: node({ labels: { cpus: '8' } }),
    reasons: [AFFINITY],
  },
  { name: 'an empty affinity term matches nothing', pod: pod(required([])), reasons: [AFFINITY] },
  {
    name: 'a match on the node name',
    pod: pod({
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n2'] }] }],
          },
        },
      },
    }),
    reasons: [AFFINITY],
  },
  {
    name: 'enough room',
    pod: pod({}, { cpu: '1', memory: '1Gi' }),
    others: [pod({}, { cpu: '1' })],
    reasons: [],
  },
  {
    name: 'too little CPU',
    pod: pod({}, { cpu: '1500m' }),
    others: [pod({}, { cpu: '600m' })],
    reasons: ['Insufficient cpu'],
  },
  {
    name: 'too little of all',
    pod: pod({}, { cpu: '3', memory: '5Gi' }),
    reasons: ['Insufficient cpu', 'Insufficient memory'],
  },
  {
    name: 'a resource the node has not',
    pod: pod({}, { 'example.com/gpu': '1' }),
    reasons: ['Insufficient example.com/gpu'],
  },
  {
    name: 'too many pods',
    pod: pod(),
    node: node({ allocatable: { pods: '1' } }),
    others: [pod()],
    reasons: ['Too many pods'],
  },
  { name: 'a host port that is taken', pod: withPort(8080), others: [withPort(8080)], reasons: [PORTS] },
  {
    name: 'a host port taken on every address',
    pod: withPort(8080, '10.0.0.1'),
    others: [withPort(8080)],
    reasons: [PORTS],
  },
  {
    name: 'a host port on another address',
    pod: withPort(8080, '10.0.0.1'),
    others: [withPort(8080, '10.0.0.2')],
    reasons: [],
  },
])('filters: $name', ({ pod, node: target = node(), others = [], reasons }) => {
  expect([...rejections(pod, nodeInfoOf(target, others))]).toEqual(reasons);
});

test('a request is the peak of init containers, beside sidecars, or the sum of containers', () => {
  const container = (cpu: string, restartPolicy?: 'Always') => ({
    name: 'c',
    restartPolicy,
    resources: { requests: { cpu } },
  });
  const peak = pod({
    initContainers: [container('100m', 'Always'), container('2'), container('50m', 'Always')],
    containers: [container('300m'), container('400m')],
    overhead: { cpu: '10m' },
  });
  expect(podRequests(peak).get('cpu')).toBe(2110);
  const sum = pod({
    initContainers: [container('100m', 'Always'), container('200m')],
    containers: [container('1')],
  });
  expect(podRequests(sum).get('cpu')).toBe(1100);
});

test.each<{ name: string; pod: Pod; nodes: [Node, Pod[]][]; best: string }>([
  {
    name: 'the emptier node',
    pod: pod(),
    nodes: [
      [node(), [pod({}, { cpu: '1' })]],
      [node({ name: 'n2' }), []],
    ],
    best: 'n2',
  },
  {
    name: 'the node without a sibling',
    pod: pod({}, {}, { labels: { app: 'web' } }),
    nodes: [
      [node({ allocatable: { cpu: '8' } }), [pod({}, {}, { labels: { app: 'web' } })]],
      [node({ name: 'n2' }), [pod({}, { cpu: '1' }, { labels: { app: 'db' } })]],
    ],
    best: 'n2',
  },
  {
    name: 'the preferred node',
    pod: pod({
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 10,
              preference: { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd'] }] },
            },
          ],
        },
      },
    }),
    nodes: [
      [node(), []],
      [node({ name: 'n2', labels: { disk: 'ssd' } }), [pod({}, { cpu: '1' })]],
    ],
    best: 'n2',
  },
  {
    name: 'the node without a taint',
    pod: pod(),
    nodes: [
      [node({ spec: { taints: [{ key: 'old', effect: 'PreferNoSchedule' }] } }), []],
      [node({ name: 'n2' }), [pod({}, { cpu: '1' })]],
    ],
    best: 'n2',
  },
])('scores: $name', ({ pod, nodes, best }) => {
  const infos = nodes.map(([target, others]) => nodeInfoOf(target, others));
  const scores = scoreNodes(pod, infos);
  expect(infos[scores.indexOf(Math.max(...scores))]!.node.metadata.name).toBe(best);
});

test('chooses among equals by chance', () => {
  const infos = ['n1', 'n2', 'n3'].map((name) => nodeInfoOf(node({ name }), []));
  expect([0, 0.4, 0.99].map((chance) => selectNode(pod(), infos, () => chance))).toEqual([
    { nodeName: 'n1' },
    { nodeName: 'n2' },
    { nodeName: 'n3' },
  ]);
});

test('says why a pod fits nowhere, in the form that people know', () => {
  const infos = [
    nodeInfoOf(node({ name: 'a', spec: { unschedulable: true } }), []),
    nodeInfoOf(node({ name: 'b' }), []),
    nodeInfoOf(node({ name: 'c' }), []),
  ];
  expect(selectNode(pod({}, { cpu: '64' }), infos)).toEqual({
    unschedulable: '0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.',
  });
  expect(selectNode(pod(), [])).toEqual({ unschedulable: 'no nodes available to schedule pods' });
});

test.each<{ name: string; pod: Pod; expected: boolean }>([
  { name: 'a pod without a node', pod: pod(), expected: true },
  { name: 'a pod with one', pod: pod({ nodeName: 'n1' }), expected: false },
  { name: "another scheduler's pod", pod: pod({ schedulerName: 'mine' }), expected: false },
  { name: 'a gated pod', pod: pod({ schedulingGates: [{ name: 'quota' }] }), expected: false },
  { name: 'a deleted pod', pod: pod({}, {}, { deletionTimestamp: 'x' }), expected: false },
  { name: 'a pod that has ended', pod: { ...pod(), status: { phase: 'Failed' } }, expected: false },
])('$name awaits scheduling: $expected', ({ pod, expected }) => expect(awaitsScheduling(pod)).toBe(expected));

test('a heartbeat of a node makes no difference, its becoming ready does', () => {
  const beating = node();
  beating.status!.conditions![0]!.lastHeartbeatTime = '2026-01-01T00:00:00Z';
  expect(nodeMakesDifference(node(), beating)).toBe(false);
  expect(nodeMakesDifference(node({ ready: 'False' }), node())).toBe(true);
});

test('a pod that waits is tried again at a change, but not before its back-off is over', () => {
  const clock = new FakeClock();
  const queue = new WorkQueue({ clock });
  const room = new WaitingRoom(queue, clock);
  room.enter('x/p');
  room.retryAll();
  clock.advance(999);
  expect(queue.length).toBe(0);
  clock.advance(1);
  expect(queue.length).toBe(1);
  room.leave('x/p');
  room.retryAll();
  expect(queue.length).toBe(1);
});
