import { describe, expect, test } from 'bun:test';
import {
  type AnyKind,
  csiNodes,
  leases,
  type Node,
  nodes,
  type Pod,
  persistentVolumeClaims,
  pods,
} from '@hawser/api';
import { StaticLister } from '@hawser/authn/testing';
import type { AdmissionAttributes, AnyObject, Operation } from '@hawser/registry';
import { nodeRestriction } from './node-restriction.ts';

const mine = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'mine', namespace: 'a' },
  spec: { nodeName: 'node-1', containers: [] },
};
const theirs = {
  ...mine,
  metadata: { name: 'theirs', namespace: 'a' },
  spec: { nodeName: 'node-2', containers: [] },
};
const kubelet = { name: 'system:node:node-1', groups: ['system:nodes'], extra: {} };
const node = (metadata: object = {}, spec: object = {}): AnyObject => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'node-1', ...metadata },
  spec,
});

const plugin = nodeRestriction({
  pods: new StaticLister<Pod>([mine, theirs] as Pod[]),
  nodes: new StaticLister<Node>([node({ uid: 'uid-1' })] as unknown as Node[]),
});

const csiNode = (name: string): AnyObject => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'CSINode',
  metadata: { name },
});
const claim = (status: object, metadata: object = {}): AnyObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'c', namespace: 'a', ...metadata },
  spec: { volumeName: 'v' },
  status,
});
const onStatus = { operation: 'UPDATE', kind: persistentVolumeClaims, subresource: 'status' } as const;

interface Case {
  name: string;
  operation: Operation;
  kind: AnyKind;
  subresource?: string;
  namespace?: string;
  object?: AnyObject;
  oldObject?: AnyObject;
  target?: string;
}

function admit(
  { operation, kind, subresource = '', namespace = '', object, oldObject, target }: Case,
  identity = kubelet,
): void {
  const attributes = {
    operation,
    kind,
    subresource,
    namespace,
    name: target ?? object?.metadata.name ?? '',
    object,
    oldObject,
  };
  plugin.admit!({
    ...attributes,
    context: { identity, sourceAddress: '', dryRun: false, warn: () => {} },
  } as AdmissionAttributes);
}

const allowed: Case[] = [
  { name: 'its own CSINode', operation: 'CREATE', kind: csiNodes, object: csiNode('node-1') },
  { name: 'that its CSINode goes', operation: 'DELETE', kind: csiNodes, target: 'node-1' },
  {
    name: 'how far the volume of a claim has grown',
    ...onStatus,
    object: claim({ phase: 'Bound', capacity: { storage: '2Gi' }, conditions: [] }),
    oldObject: claim({ phase: 'Bound', capacity: { storage: '1Gi' } }, { resourceVersion: '7' }),
  },
  { name: 'registering itself', operation: 'CREATE', kind: nodes, object: node() },
  {
    name: 'its own status',
    operation: 'UPDATE',
    kind: nodes,
    subresource: 'status',
    object: node(),
    oldObject: node(),
  },
  {
    name: 'its own harmless labels',
    operation: 'UPDATE',
    kind: nodes,
    object: node({ labels: { zone: 'a' } }),
    oldObject: node(),
  },
  {
    name: "the labels of Kubernetes that are a kubelet's to set",
    operation: 'CREATE',
    kind: nodes,
    object: node({
      labels: {
        'kubernetes.io/hostname': 'node-1',
        'beta.kubernetes.io/arch': 'amd64',
        'topology.kubernetes.io/zone': 'a',
        'node.kubernetes.io/instance-type': 'm',
        'x.kubelet.kubernetes.io/y': '',
        'example.com/kubernetes.io': '',
      },
    }),
  },
  {
    name: 'itself, where an administrator has given it a role',
    operation: 'UPDATE',
    kind: nodes,
    object: node({ labels: { 'node-role.kubernetes.io/worker': '', zone: 'b' } }),
    oldObject: node({ labels: { 'node-role.kubernetes.io/worker': '', zone: 'a' } }),
  },
  {
    name: 'the status of its pod',
    operation: 'UPDATE',
    kind: pods,
    subresource: 'status',
    namespace: 'a',
    object: mine,
    oldObject: mine,
  },
  {
    name: 'the end of its pod',
    operation: 'DELETE',
    kind: pods,
    namespace: 'a',
    target: 'mine',
    oldObject: mine,
  },
  {
    name: 'the eviction of its pod',
    operation: 'CREATE',
    kind: pods,
    subresource: 'eviction',
    namespace: 'a',
    target: 'mine',
  },
  {
    name: 'its own Lease',
    operation: 'UPDATE',
    kind: leases,
    namespace: 'kube-node-lease',
    target: 'node-1',
  },
];

const refused: Case[] = [
  { name: "another node's CSINode", operation: 'CREATE', kind: csiNodes, object: csiNode('node-2') },
  { name: "that another node's CSINode goes", operation: 'DELETE', kind: csiNodes, target: 'node-2' },
  {
    name: 'that a claim is bound',
    ...onStatus,
    object: claim({ phase: 'Bound' }),
    oldObject: claim({ phase: 'Pending' }),
  },
  {
    name: 'labels of a claim, by way of its status',
    ...onStatus,
    object: claim({}, { labels: { a: 'b' } }),
    oldObject: claim({}),
  },
  { name: 'a claim itself', ...onStatus, subresource: '', object: claim({}), oldObject: claim({}) },
  {
    name: 'another node',
    operation: 'UPDATE',
    kind: nodes,
    object: node({ name: 'node-2' }),
    oldObject: node({ name: 'node-2' }),
  },
  { name: 'registering another node', operation: 'CREATE', kind: nodes, object: node({ name: 'node-2' }) },
  { name: 'deleting itself', operation: 'DELETE', kind: nodes, target: 'node-1', oldObject: node() },
  {
    name: 'its own taints',
    operation: 'UPDATE',
    kind: nodes,
    object: node({}, { taints: [] }),
    oldObject: node({}, { taints: [{ key: 'x', effect: 'NoSchedule' }] }),
  },
  {
    name: 'a label that keeps workloads apart',
    operation: 'UPDATE',
    kind: nodes,
    object: node({ labels: { 'node-restriction.kubernetes.io/x': 'y' } }),
    oldObject: node(),
  },
  ...['node-role.kubernetes.io/control-plane', 'kubernetes.io/role', 'x.k8s.io/y', 'k8s.io/y'].flatMap(
    (label): Case[] => [
      {
        name: `the label ${label}`,
        operation: 'UPDATE',
        kind: nodes,
        object: node({ labels: { [label]: '' } }),
        oldObject: node(),
      },
      {
        name: `the label ${label} at registration`,
        operation: 'CREATE',
        kind: nodes,
        object: node({ labels: { [label]: '' } }),
      },
      {
        name: `the end of the label ${label}`,
        operation: 'UPDATE',
        kind: nodes,
        object: node(),
        oldObject: node({ labels: { [label]: '' } }),
      },
    ],
  ),
  {
    name: 'the addresses it may claim',
    operation: 'UPDATE',
    kind: nodes,
    object: node({ annotations: { 'hawser.dev/allowed-addresses': '10.0.0.1' } }),
    oldObject: node(),
  },
  {
    name: 'those addresses at registration',
    operation: 'CREATE',
    kind: nodes,
    object: node({ annotations: { 'hawser.dev/allowed-addresses': '10.0.0.1' } }),
  },
  ...[{ podCIDR: '0.0.0.0/1' }, { podCIDRs: ['0.0.0.0/1'] }, { podCIDR: '0.0.0.0/1', podCIDRs: [] }].flatMap(
    (spec): Case[] => [
      {
        name: `pod addresses of its own choice at registration, ${JSON.stringify(spec)}`,
        operation: 'CREATE',
        kind: nodes,
        object: node({}, spec),
      },
      {
        name: `pod addresses of its own choice, ${JSON.stringify(spec)}`,
        operation: 'UPDATE',
        kind: nodes,
        object: node({}, spec),
        oldObject: node(),
      },
    ],
  ),
  { name: 'making a pod', operation: 'CREATE', kind: pods, namespace: 'a', object: mine },
  {
    name: "another node's pod",
    operation: 'UPDATE',
    kind: pods,
    subresource: 'status',
    namespace: 'a',
    object: theirs,
    oldObject: theirs,
  },
  {
    name: "the end of another node's pod",
    operation: 'DELETE',
    kind: pods,
    namespace: 'a',
    target: 'theirs',
    oldObject: theirs,
  },
  {
    name: "the eviction of another node's pod",
    operation: 'CREATE',
    kind: pods,
    subresource: 'eviction',
    namespace: 'a',
    target: 'theirs',
  },
  {
    name: 'the spec of its pod',
    operation: 'UPDATE',
    kind: pods,
    namespace: 'a',
    object: mine,
    oldObject: mine,
  },
  {
    name: 'labels of its pod, by way of the status',
    operation: 'UPDATE',
    kind: pods,
    subresource: 'status',
    namespace: 'a',
    object: { ...mine, metadata: { ...mine.metadata, labels: { app: 'web' } } },
    oldObject: mine,
  },
  {
    name: "another node's Lease",
    operation: 'UPDATE',
    kind: leases,
    namespace: 'kube-node-lease',
    target: 'node-2',
  },
  {
    name: 'a Lease elsewhere',
    operation: 'CREATE',
    kind: leases,
    namespace: 'kube-system',
    target: 'node-1',
  },
];

describe('a kubelet may write', () => {
  for (const attempt of allowed) test(attempt.name, () => expect(() => admit(attempt)).not.toThrow());
});

describe('a stolen node certificate may not write', () => {
  for (const attempt of refused) test(attempt.name, () => expect(() => admit(attempt)).toThrow('forbidden'));
});

test('others are not its affair', () => {
  const administrator = { name: 'kubernetes-admin', groups: ['hawser:cluster-admins'], extra: {} };
  for (const attempt of refused) expect(() => admit(attempt, administrator)).not.toThrow();
});
