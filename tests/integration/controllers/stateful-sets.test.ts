import { describe, expect } from 'bun:test';
import { persistentVolumeClaims, pods, type StatefulSet, statefulSets } from '@hawser/api';
import type { Cluster } from '../../cluster/cluster.ts';
import { eventually, eventuallyPasses } from '../../cluster/eventually.ts';
import { podTemplate } from '../../cluster/workloads.ts';
import { sharePodCluster } from './pod-cluster.ts';

const suite = sharePodCluster();

async function surroundings(cluster: Cluster) {
  const around = await suite.surroundings(cluster);
  const { client, namespace } = around;
  const make = async (spec: object = {}) => {
    const body = {
      metadata: { name: 's' },
      spec: {
        serviceName: 'peers',
        replicas: 3,
        selector: { matchLabels: { app: 's' } },
        template: podTemplate('s'),
        ...spec,
      },
    };
    return (await client.create(statefulSets, body as never, { namespace })) as StatefulSet;
  };
  const status = async () => (await client.get(statefulSets, 's', { namespace })).status;
  const all = async () =>
    (await client.list(pods, { namespace })).items.toSorted((a, b) =>
      a.metadata.name.localeCompare(b.metadata.name),
    );
  const names = async () => (await all()).map(({ metadata }) => metadata.name);
  const images = async () => (await all()).map(({ spec }) => spec.containers[0]?.image);
  const patch = (spec: object) => client.patch(statefulSets, 's', { spec }, { namespace, type: 'strategic' });
  const image = (value: string) => ({ template: { spec: { containers: [{ name: 'main', image: value }] } } });
  return { ...around, make, status, all, names, images, patch, image };
}

describe('a StatefulSet', () => {
  suite.test('makes its pods one after another, with names that last', async (cluster) => {
    await using s = await surroundings(cluster);
    await s.make();
    await eventually(async () => (await s.status())?.readyReplicas === 3);
    const made = await s.all();
    expect(made.map(({ metadata }) => metadata.name)).toEqual(['s-0', 's-1', 's-2']);
    expect(made.map(({ spec }) => `${spec.hostname}.${spec.subdomain}`)).toEqual([
      's-0.peers',
      's-1.peers',
      's-2.peers',
    ]);
    const revisions = made.map(({ metadata }) => Number(metadata.resourceVersion));
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
    const { uid } = made[1]!.metadata;
    await s.client.delete(pods, 's-1', { namespace: s.namespace });
    await eventually(async () => {
      const again = (await s.all()).find(({ metadata }) => metadata.name === 's-1');
      return again !== undefined && again.metadata.uid !== uid;
    });
    await eventually(async () => (await s.status())?.readyReplicas === 3);
  });

  suite.test(
    'waits for a pod that does not become ready, unless it may make all at once',
    async (cluster) => {
      await using s = await surroundings(cluster);
      const template = podTemplate('s', { containers: [{ name: 'main', image: 'pending' }] });
      await s.make({ template });
      await eventually(async () => (await s.status())?.replicas === 1);
      expect(await s.names()).toEqual(['s-0']);
      await s.client.delete(statefulSets, 's', { namespace: s.namespace });
      await eventually(async () => (await s.all()).length === 0);
      await s.make({ template, podManagementPolicy: 'Parallel' });
      await eventually(async () => (await s.names()).length === 3);
    },
  );

  suite.test(
    'updates its pods from the last to the partition, and heals a broken update',
    async (cluster) => {
      await using s = await surroundings(cluster);
      await s.make({ updateStrategy: { rollingUpdate: { partition: 1 } } });
      await eventually(async () => (await s.status())?.readyReplicas === 3);
      const before = await s.status();
      await s.patch(s.image('second'));
      await eventually(async () => (await s.images()).join() === 'host,second,second');
      // The status follows the pods: three may have been ready before as well.
      await eventuallyPasses(async () => {
        const during = await s.status();
        expect(during).toMatchObject({
          readyReplicas: 3,
          currentRevision: before?.currentRevision,
          currentReplicas: 1,
          updatedReplicas: 2,
        });
        expect(during?.updateRevision).not.toBe(before?.updateRevision);
      });
      await s.patch({ updateStrategy: { rollingUpdate: { partition: 0 } }, ...s.image('pending') });
      await eventually(async () => (await s.images()).join() === 'host,second,pending');
      await s.patch(s.image('third'));
      await eventually(async () => (await s.images()).join() === 'third,third,third');
      await eventually(async () => {
        const { currentRevision, updateRevision } = (await s.status()) ?? {};
        return currentRevision === updateRevision;
      });
    },
  );

  suite.test('is scaled down from its last pod, and keeps the claims of those that went', async (cluster) => {
    await using s = await surroundings(cluster);
    const { client, namespace } = s;
    const claim = {
      metadata: { name: 'data' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    // Claims that nobody binds hold pods back; their making is what is looked at.
    await s.make({ volumeClaimTemplates: [claim], podManagementPolicy: 'Parallel' });
    const claims = async () =>
      (await client.list(persistentVolumeClaims, { namespace })).items
        .map(({ metadata }) => metadata.name)
        .toSorted();
    await eventually(async () => (await claims()).join() === 'data-s-0,data-s-1,data-s-2');
    await eventually(async () => (await s.names()).length === 3);
    expect((await s.all())[2]?.spec.volumes).toContainEqual({
      name: 'data',
      persistentVolumeClaim: { claimName: 'data-s-2' },
    });
    await s.patch({ replicas: 1 });
    await eventually(async () => (await s.names()).join() === 's-0');
    expect(await claims()).toHaveLength(3);
  });
});
