import { describe, expect } from 'bun:test';
import { controllerRevisions, type DaemonSet, daemonSets, nodes, pods } from '@hawser/api';
import type { Cluster } from '../../cluster/cluster.ts';
import { eventually } from '../../cluster/eventually.ts';
import { podTemplate } from '../../cluster/workloads.ts';
import { BareNode } from './bare-node.ts';
import { sharePodCluster } from './pod-cluster.ts';
import { PodRunner } from './pod-runner.ts';

const suite = sharePodCluster();

async function surroundings(cluster: Cluster) {
  const around = await suite.surroundings(cluster);
  const { client, namespace } = around;
  const make = async (spec: object = {}) => {
    const body = {
      metadata: { name: 'd' },
      spec: { selector: { matchLabels: { app: 'd' } }, template: podTemplate('d'), ...spec },
    };
    return (await client.create(daemonSets, body as never, { namespace })) as DaemonSet;
  };
  const status = async () => (await client.get(daemonSets, 'd', { namespace })).status;
  const running = async () =>
    (await client.list(pods, { namespace })).items.filter(({ metadata }) => !metadata.deletionTimestamp);
  const nodesOf = async () => (await running()).map(({ spec }) => spec.nodeName ?? '').toSorted();
  const setImage = (image: string) =>
    client.patch(
      daemonSets,
      'd',
      { spec: { template: { spec: { containers: [{ name: 'main', image }] } } } },
      { namespace, type: 'strategic' },
    );
  return { ...around, make, status, running, nodesOf, setImage };
}

describe('a DaemonSet', () => {
  suite.test(
    'has a pod on every node, also one that comes later and one that is cordoned',
    async (cluster) => {
      await using s = await surroundings(cluster);
      await s.make();
      await eventually(async () => (await s.status())?.numberReady === 1);
      await using late = await BareNode.join(cluster, 'late', '127.0.1.8');
      await using _runner = new PodRunner(late);
      await s.client.patch(nodes, 'late', { spec: { unschedulable: true } }, { type: 'merge' });
      await eventually(async () => (await s.status())?.numberReady === 2);
      expect(await s.nodesOf()).toEqual(['late', 'node-1']);
      expect(await s.status()).toMatchObject({
        desiredNumberScheduled: 2,
        currentNumberScheduled: 2,
        updatedNumberScheduled: 2,
        numberAvailable: 2,
        numberMisscheduled: 0,
      });
      const [pod] = await s.running();
      // The scheduler put it there: its affinity says where, and nothing else was said.
      expect(pod?.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution).toEqual({
        nodeSelectorTerms: [
          { matchFields: [{ key: 'metadata.name', operator: 'In', values: [pod?.spec.nodeName ?? ''] }] },
        ],
      });
      // A taint that it does not tolerate and that drives pods out.
      const taints = [{ key: 'example.com/away', effect: 'NoExecute' }];
      await s.client.patch(nodes, 'late', { spec: { taints } }, { type: 'strategic' });
      await eventually(async () => (await s.nodesOf()).join() === 'node-1');
      await s.client.delete(nodes, 'late');
    },
  );

  suite.test('keeps to the nodes that its template selects', async (cluster) => {
    await using s = await surroundings(cluster);
    await s.make({ template: podTemplate('d', { nodeSelector: { disk: s.namespace } }) });
    await eventually(async () => (await s.status())?.observedGeneration === 1);
    expect((await s.status())?.desiredNumberScheduled).toBe(0);
    const label = (value: string | null) =>
      s.client.patch(nodes, 'node-1', { metadata: { labels: { disk: value } } }, { type: 'merge' });
    await label(s.namespace);
    await eventually(async () => (await s.status())?.numberReady === 1);
    await label(null);
    await eventually(async () => (await s.running()).length === 0);
  });

  suite.test(
    'replaces its pods when the template changes, and keeps the templates that were',
    async (cluster) => {
      await using s = await surroundings(cluster);
      await s.make();
      await eventually(async () => (await s.status())?.numberReady === 1);
      await s.setImage('second');
      await eventually(async () => {
        const status = await s.status();
        return (
          status?.updatedNumberScheduled === 1 &&
          status.numberAvailable === 1 &&
          status.observedGeneration === 2
        );
      });
      expect((await s.running()).map(({ spec }) => spec.containers[0]?.image)).toEqual(['second']);
      const { client, namespace } = s;
      const revisions = (await client.list(controllerRevisions, { namespace })).items;
      expect(revisions.map(({ revision }) => revision).toSorted()).toEqual([1, 2]);
      // As `kubectl rollout undo`: the patch that the earlier revision holds.
      const first = revisions.find(({ revision }) => revision === 1);
      await client.patch(daemonSets, 'd', first?.data ?? {}, { namespace, type: 'strategic' });
      await eventually(async () => (await s.running())[0]?.spec.containers[0]?.image === 'host');
      const after = (await client.list(controllerRevisions, { namespace })).items;
      expect(after.map(({ revision }) => revision).toSorted()).toEqual([2, 3]);
    },
  );

  suite.test('with OnDelete leaves old pods until someone deletes them', async (cluster) => {
    await using s = await surroundings(cluster);
    await s.make({ updateStrategy: { type: 'OnDelete' } });
    await eventually(async () => (await s.status())?.numberReady === 1);
    await s.setImage('second');
    await eventually(async () => (await s.status())?.observedGeneration === 2);
    const [pod] = await s.running();
    expect(pod?.spec.containers[0]?.image).toBe('host');
    await s.client.delete(pods, pod!.metadata.name, { namespace: s.namespace });
    await eventually(async () => (await s.running())[0]?.spec.containers[0]?.image === 'second');
  });

  suite.test('with a surge starts the new pod before the old one goes', async (cluster) => {
    await using s = await surroundings(cluster);
    await s.make({ updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } });
    await eventually(async () => (await s.status())?.numberReady === 1);
    await s.setImage('pending');
    await eventually(async () => (await s.running()).length === 2);
    await s.setImage('third');
    await eventually(async () => {
      const images = (await s.running()).map(({ spec }) => spec.containers[0]?.image);
      return images.join() === 'third';
    });
  });
});
