import { expect, test } from 'bun:test';
import type { Node, PersistentVolume, PersistentVolumeClaim, Pod, StorageClass } from '@hawser/api';
import { volumeRejections } from './volume-filter.ts';
import { volumeNeeds } from './volume-needs.ts';

const node = (name: string): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: { 'kubernetes.io/hostname': name } },
});

/** A disk of one node. */
const disk = (name: string, host: string, spec: PersistentVolume['spec'] = {}): PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'local',
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [host] }] },
        ],
      },
    },
    ...spec,
  },
  status: { phase: 'Available' },
});

const claim = (
  name: string,
  spec: PersistentVolumeClaim['spec'] = {},
  more: object = {},
): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name, namespace: 'ns', uid: name, ...more },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
    storageClassName: 'local',
    ...spec,
  },
});

const pod = (...claims: string[]): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'ns' },
  spec: {
    containers: [],
    volumes: claims.map((claimName, i) => ({ name: `v${i}`, persistentVolumeClaim: { claimName } })),
  },
});

const storageClass = (provisioner: string): StorageClass => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'local' },
  provisioner,
  volumeBindingMode: 'WaitForFirstConsumer',
});

const BOUND = { annotations: { 'pv.kubernetes.io/bind-completed': 'yes' } };

function needs(of: Pod, claims: PersistentVolumeClaim[], volumes: PersistentVolume[] = [], provisioner = '') {
  return volumeNeeds(of, {
    claims: new Map(claims.map((one) => [`ns/${one.metadata.name}`, one])),
    volumes: {
      get: (name) => volumes.find(({ metadata }) => metadata.name === name),
      list: () => volumes,
    },
    classes: new Map(provisioner === '' ? [] : [['local', storageClass(provisioner)]]),
  });
}

test.each<{ name: string; claims: PersistentVolumeClaim[]; why: string }>([
  { name: 'missing', claims: [], why: 'persistentvolumeclaim "c" not found' },
  {
    name: 'going',
    claims: [claim('c', {}, { deletionTimestamp: '2024-01-01T00:00:00Z' })],
    why: 'persistentvolumeclaim "c" is being deleted',
  },
  {
    name: 'not bound',
    claims: [claim('c')],
    why: 'pod has unbound immediate PersistentVolumeClaims',
  },
])('a claim that is $name keeps its pod from every node', ({ claims, why }) => {
  expect(needs(pod('c'), claims)).toEqual({ unschedulable: why });
});

test('a bound volume draws its pod to where it can be reached', () => {
  const volumes = [disk('v', 'a')];
  const found = needs(pod('c'), [claim('c', { volumeName: 'v' }, BOUND)], volumes);
  if ('unschedulable' in found) throw new Error(found.unschedulable);
  expect(volumeRejections(found, node('a'), volumes)).toEqual([]);
  expect(volumeRejections(found, node('b'), volumes)).toEqual([
    "node(s) didn't match PersistentVolume's node affinity",
  ]);
});

test('claims that wait for their pod need as many volumes on the node as there are claims', () => {
  const volumes = [disk('v1', 'a'), disk('v2', 'a'), disk('v3', 'b')];
  const found = needs(pod('c', 'd'), [claim('c'), claim('d')], volumes, 'kubernetes.io/no-provisioner');
  if ('unschedulable' in found) throw new Error(found.unschedulable);
  expect(volumeRejections(found, node('a'), volumes)).toEqual([]);
  expect(volumeRejections(found, node('b'), volumes)).toEqual([
    "node(s) didn't find available persistent volumes to bind",
  ]);
});

test('where somebody makes volumes every node will do', () => {
  const found = needs(pod('c'), [claim('c')], [], 'disk.example.com');
  if ('unschedulable' in found) throw new Error(found.unschedulable);
  expect(volumeRejections(found, node('a'), [])).toEqual([]);
});
