import { describe, expect } from 'bun:test';
import {
  events,
  persistentVolumeClaims,
  persistentVolumes,
  pods,
  storageClasses,
  volumeAttributesClasses,
} from '@hawser/api';
import { isNotFound, KubeClient } from '@hawser/client';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { shellPod } from '../../cluster/objects.ts';
import { BareNode } from './bare-node.ts';

const suite = shareCluster({ controllerManager: true });
const adminOf = (cluster: Cluster) =>
  KubeClient.fromKubeconfig(cluster.layout.adminKubeconfig, { userAgent: 'test' });

/** What one test works with: volumes have no namespace, so their names and classes carry it. */
class Store implements AsyncDisposable {
  constructor(
    readonly client: KubeClient,
    readonly namespace: string,
  ) {}

  static async of(cluster: Cluster): Promise<Store> {
    return new Store(adminOf(cluster), await cluster.namespace());
  }

  nameOf = (name: string) => `${this.namespace}-${name}`;

  createVolume(name: string, storage = '1Gi', spec: object = {}) {
    return this.client.create(persistentVolumes, {
      metadata: { name: this.nameOf(name) },
      spec: {
        capacity: { storage },
        accessModes: ['ReadWriteOnce'],
        hostPath: { path: '/data' },
        storageClassName: this.namespace,
        ...spec,
      },
    });
  }

  createClaim(name: string, storage = '1Gi', spec: object = {}) {
    const { namespace } = this;
    return this.client.create(persistentVolumeClaims, {
      metadata: { name, namespace },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage } },
        storageClassName: namespace,
        ...spec,
      },
    });
  }

  volume = (name: string) => this.client.get(persistentVolumes, this.nameOf(name));
  claim = (name: string) => this.client.get(persistentVolumeClaims, name, { namespace: this.namespace });

  volumeIs = (name: string, phase: string) =>
    eventually(async () => {
      const volume = await this.volume(name);
      return volume.status?.phase === phase && volume;
    });

  claimIs = (name: string, phase: string) =>
    eventually(async () => {
      const claim = await this.claim(name);
      return claim.status?.phase === phase && claim;
    });

  deleteClaim = (name: string) =>
    this.client.delete(persistentVolumeClaims, name, { namespace: this.namespace });

  claimIsGone = (name: string) => eventually(() => this.claim(name).then(() => false, isNotFound));
  volumeIsGone = (name: string) => eventually(() => this.volume(name).then(() => false, isNotFound));

  eventAbout = (name: string, reason: string) =>
    eventually(async () => {
      const selector = `involvedObject.name=${name},reason=${reason}`;
      const { items } = await this.client.list(events, { fieldSelector: selector });
      return items[0];
    });

  [Symbol.asyncDispose] = () => this.client[Symbol.asyncDispose]();
}

describe('a claim', () => {
  suite.test('is bound to the smallest volume that fits, and both say so', async (cluster) => {
    await using store = await Store.of(cluster);
    await store.createVolume('large', '10Gi');
    await store.createVolume('small', '2Gi');
    for (const name of ['large', 'small']) await store.volumeIs(name, 'Available');
    await store.createClaim('a', '1500Mi');
    const claim = await store.claimIs('a', 'Bound');
    expect(claim.spec?.volumeName).toBe(store.nameOf('small'));
    expect(claim.status).toMatchObject({ accessModes: ['ReadWriteOnce'], capacity: { storage: '2Gi' } });
    const { uid, annotations } = claim.metadata;
    expect(annotations).toMatchObject({ 'pv.kubernetes.io/bind-completed': 'yes' });
    const volume = await store.volumeIs('small', 'Bound');
    expect(volume.spec?.claimRef).toMatchObject({ kind: 'PersistentVolumeClaim', name: 'a', uid });
    await store.volumeIs('large', 'Available');
  });

  suite.test('waits for a volume, and gets the one that comes', async (cluster) => {
    await using store = await Store.of(cluster);
    const spec = { storageClassName: '' };
    await store.createClaim('a', '1Gi', { ...spec, selector: { matchLabels: { of: store.namespace } } });
    const { message } = await store.eventAbout('a', 'FailedBinding');
    expect(message).toBe('no persistent volumes available for this claim and no storage class is set');
    const { metadata } = await store.createVolume('late', '1Gi', spec);
    const labels = { of: store.namespace };
    await store.client.patch(persistentVolumes, metadata.name, { metadata: { labels } }, { type: 'merge' });
    await store.claimIs('a', 'Bound');
  });

  suite.test('of many gets a volume of its own', async (cluster) => {
    await using store = await Store.of(cluster);
    const names = Array.from({ length: 8 }, (_, i) => `c${i}`);
    await Promise.all(names.map((name) => store.createClaim(name)));
    await Promise.all(names.map((name) => store.createVolume(name)));
    const bound = await Promise.all(names.map((name) => store.claimIs(name, 'Bound')));
    expect(new Set(bound.map(({ spec }) => spec?.volumeName)).size).toBe(names.length);
  });

  suite.test('gets the volume that it names, or that is reserved for it', async (cluster) => {
    await using store = await Store.of(cluster);
    await store.createVolume('other', '1Gi');
    await store.createVolume('named', '5Gi');
    const claimRef = { namespace: store.namespace, name: 'reserved' };
    await store.createVolume('reserved', '9Gi', { claimRef });
    await store.createClaim('names', '1Gi', { volumeName: store.nameOf('named') });
    await store.createClaim('reserved');
    expect((await store.claimIs('names', 'Bound')).spec?.volumeName).toBe(store.nameOf('named'));
    expect((await store.claimIs('reserved', 'Bound')).spec?.volumeName).toBe(store.nameOf('reserved'));
    await store.volumeIs('other', 'Available');
  });

  suite.test('of a provisioner is marked for it', async (cluster) => {
    await using store = await Store.of(cluster);
    const provisioner = 'disk.example.com';
    await store.client.create(storageClasses, { metadata: { name: store.namespace }, provisioner });
    await store.createClaim('a');
    const marked = await eventually(async () => {
      const { metadata } = await store.claim('a');
      return metadata.annotations?.['volume.kubernetes.io/storage-provisioner'];
    });
    expect(marked).toBe(provisioner);
    await store.eventAbout('a', 'ExternalProvisioning');
  });

  suite.test('that came before the default class gets it', async (cluster) => {
    await using store = await Store.of(cluster);
    const { client, namespace } = store;
    const resources = { requests: { storage: '1Gi' } };
    await client.create(persistentVolumeClaims, {
      metadata: { name: 'early', namespace },
      spec: { accessModes: ['ReadWriteOnce'], resources },
    });
    const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' };
    const name = `${namespace}-default`;
    await client.create(storageClasses, { metadata: { name, annotations }, provisioner: 'example.com/x' });
    await eventually(async () => (await store.claim('early')).spec?.storageClassName === name);
    await client.delete(storageClasses, name);
  });

  suite.test('whose volume is gone is Lost', async (cluster) => {
    await using store = await Store.of(cluster);
    await store.createVolume('v');
    await store.createClaim('a');
    await store.claimIs('a', 'Bound');
    const name = store.nameOf('v');
    await store.client.delete(persistentVolumes, name);
    // Bound, it stays until somebody takes the finalizer by force.
    expect((await store.volume('v')).metadata.finalizers).toEqual(['kubernetes.io/pv-protection']);
    const metadata = { finalizers: null };
    await store.client.patch(persistentVolumes, name, { metadata }, { type: 'merge' });
    await store.claimIs('a', 'Lost');
  });
});

describe('a volume whose claim is gone', () => {
  const policies = [
    { policy: 'Retain', phase: 'Released', reason: undefined },
    { policy: 'Delete', phase: 'Failed', reason: 'VolumeFailedDelete' },
  ];
  for (const { policy, phase, reason } of policies)
    suite.test(`to ${policy.toLowerCase()} is ${phase}, and taken by nobody`, async (cluster) => {
      await using store = await Store.of(cluster);
      await store.createVolume('v', '1Gi', { persistentVolumeReclaimPolicy: policy });
      await store.createClaim('a');
      await store.claimIs('a', 'Bound');
      await store.deleteClaim('a');
      await store.claimIsGone('a');
      await store.volumeIs('v', phase);
      if (reason !== undefined) await store.eventAbout(store.nameOf('v'), reason);
      await store.createClaim('b');
      await store.eventAbout('b', 'ProvisioningFailed');
      expect((await store.claim('b')).status?.phase).toBe('Pending');
      await store.client.delete(persistentVolumes, store.nameOf('v'));
      await store.volumeIsGone('v');
    });
});

describe('a claim that is being deleted', () => {
  suite.test('stays as long as a pod on a node uses it', async (cluster) => {
    await using store = await Store.of(cluster);
    const { client, namespace } = store;
    await store.createClaim('a');
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'a' } }];
    const pod = shellPod('p', 'true', { nodeName: 'nowhere', volumes });
    await client.create(pods, { ...pod, metadata: { ...pod.metadata, namespace } });
    await store.deleteClaim('a');
    // A claim that nobody uses goes meanwhile: the loop has had its turn.
    await store.createClaim('unused');
    await store.deleteClaim('unused');
    await store.claimIsGone('unused');
    expect((await store.claim('a')).metadata.finalizers).toEqual(['kubernetes.io/pvc-protection']);
    await client.delete(pods, 'p', { namespace, gracePeriodSeconds: 0 });
    await store.claimIsGone('a');
  });
});

describe('a class of attributes that is being deleted', () => {
  suite.test('stays as long as a claim names it', async (cluster) => {
    await using store = await Store.of(cluster);
    const { client, namespace } = store;
    const metadata = { name: namespace };
    await client.create(volumeAttributesClasses, { metadata, driverName: 'd', parameters: { iops: '1' } });
    await store.createClaim('a', '1Gi', { volumeAttributesClassName: namespace });
    await client.delete(volumeAttributesClasses, namespace);
    // A class that nothing names goes meanwhile: the loop has had its turn.
    const unused = `${namespace}-unused`;
    await client.create(volumeAttributesClasses, {
      metadata: { name: unused },
      driverName: 'd',
      parameters: { iops: '1' },
    });
    await client.delete(volumeAttributesClasses, unused);
    const isGone = (name: string) =>
      eventually(() => client.get(volumeAttributesClasses, name).then(() => false, isNotFound));
    await isGone(unused);
    const kept = await client.get(volumeAttributesClasses, namespace);
    expect(kept.metadata.finalizers).toEqual(['kubernetes.io/vac-protection']);
    await store.deleteClaim('a');
    await isGone(namespace);
  });
});

describe('the scheduler', () => {
  suite.test('leaves a pod where it is until its claim is bound', async (cluster) => {
    await using store = await Store.of(cluster);
    await using _node = await BareNode.join(cluster, `${store.namespace}-node`, '127.0.2.21');
    const { client, namespace } = store;
    await store.createClaim('a', '1Gi', { storageClassName: '' });
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'a' } }];
    const pod = shellPod('p', 'true', { volumes });
    await client.create(pods, { ...pod, metadata: { ...pod.metadata, namespace } });
    const look = () => client.get(pods, 'p', { namespace });
    const waiting = await eventually(async () =>
      (await look()).status?.conditions?.find(({ type }) => type === 'PodScheduled'),
    );
    expect(waiting.message).toMatch(
      /nodes are available: pod has unbound immediate PersistentVolumeClaims\.$/,
    );
    await store.createVolume('v', '1Gi', { storageClassName: '' });
    await eventually(async () => (await look()).spec.nodeName);
  });

  suite.test('chooses the node first for a claim that waits for its pod', async (cluster) => {
    await using store = await Store.of(cluster);
    const { client, namespace } = store;
    const names = ['a', 'b'].map((name) => `${namespace}-${name}`);
    await using _a = await BareNode.join(cluster, names[0]!, '127.0.2.22');
    await using _b = await BareNode.join(cluster, names[1]!, '127.0.2.23');
    await client.create(storageClasses, {
      metadata: { name: namespace },
      provisioner: 'kubernetes.io/no-provisioner',
      volumeBindingMode: 'WaitForFirstConsumer',
    });
    for (const [i, name] of names.entries())
      await store.createVolume(`on-${i}`, '1Gi', {
        hostPath: undefined,
        local: { path: '/disk' },
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [name] }] },
            ],
          },
        },
      });
    await store.createClaim('c');
    await store.eventAbout('c', 'WaitForFirstConsumer');
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }];
    const nodeSelector = { 'kubernetes.io/hostname': names[1]! };
    const pod = shellPod('p', 'true', { volumes, nodeSelector });
    await client.create(pods, { ...pod, metadata: { ...pod.metadata, namespace } });
    const claim = await store.claimIs('c', 'Bound');
    expect(claim.spec?.volumeName).toBe(store.nameOf('on-1'));
    const placed = await eventually(async () => (await client.get(pods, 'p', { namespace })).spec.nodeName);
    expect(placed).toBe(names[1]!);
  });
});
