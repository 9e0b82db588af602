import { describe, expect } from 'bun:test';
import {
  type Deployment,
  deployments,
  pods,
  type ReplicaSet,
  replicaSets,
  replicationControllers,
} from '@hawser/api';
import { isNotFound, type KubeClient } from '@hawser/client';
import type { Cluster } from '../../cluster/cluster.ts';
import { eventually } from '../../cluster/eventually.ts';
import { deployment, podTemplate } from '../../cluster/workloads.ts';
import { sharePodCluster } from './pod-cluster.ts';

const suite = sharePodCluster();

async function surroundings(cluster: Cluster) {
  const around = await suite.surroundings(cluster);
  const { client, namespace } = around;
  const make = async (name: string, spec: object) =>
    (await client.create(deployments, deployment(name, spec) as never, { namespace })) as Deployment;
  const get = (name: string) => client.get(deployments, name, { namespace });
  const sets = async () => (await client.list(replicaSets, { namespace })).items;
  const running = async () =>
    (await client.list(pods, { namespace })).items.filter(({ metadata }) => !metadata.deletionTimestamp);
  const settled = (name: string) =>
    eventually(async () => {
      const { metadata, spec, status } = await get(name);
      const size = spec.replicas ?? 0;
      const { updatedReplicas = 0, replicas = 0, availableReplicas = 0, observedGeneration } = status ?? {};
      const all = [updatedReplicas, replicas, availableReplicas].every((count) => count === size);
      return all && observedGeneration === metadata.generation;
    });
  const setImage = (name: string, image: string) =>
    client.patch(
      deployments,
      name,
      { spec: { template: { spec: { containers: [{ name: 'main', image }] } } } },
      { namespace, type: 'strategic' },
    );
  return { ...around, make, get, sets, running, settled, setImage };
}

const imageOf = ({ spec }: ReplicaSet) => spec.template.spec.containers[0]?.image;
const conditionOf = ({ status }: Deployment, type: string) =>
  status?.conditions?.find((condition) => condition.type === type);

describe('a Deployment', () => {
  suite.test('makes pods through a ReplicaSet, and says when they are there', async (cluster) => {
    await using s = await surroundings(cluster);
    await s.make('d', { replicas: 3 });
    await s.settled('d');
    const [set, ...others] = await s.sets();
    expect(others).toEqual([]);
    const hash = set?.metadata.labels?.['pod-template-hash'] ?? '';
    expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]+$/);
    expect(set?.metadata.name).toBe(`d-${hash}`);
    expect(set?.spec.selector.matchLabels).toEqual({ app: 'd', 'pod-template-hash': hash });
    const owned = await s.running();
    expect(owned).toHaveLength(3);
    for (const { metadata } of owned) {
      expect(metadata.generateName).toBe(`d-${hash}-`);
      expect(metadata.ownerReferences).toMatchObject([
        { kind: 'ReplicaSet', uid: set?.metadata.uid, controller: true },
      ]);
    }
    const made = await eventually(async () => {
      const current = await s.get('d');
      return conditionOf(current, 'Progressing')?.reason === 'NewReplicaSetAvailable' && current;
    });
    expect(made.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('1');
    expect(conditionOf(made, 'Available')).toMatchObject({
      status: 'True',
      reason: 'MinimumReplicasAvailable',
    });
  });

  suite.test('rolls a change out within its limits, back again, and keeps its history', async (cluster) => {
    await using s = await surroundings(cluster);
    await s.make('d', {
      replicas: 4,
      revisionHistoryLimit: 1,
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } },
    });
    await s.settled('d');
    const watched: number[] = [];
    using _watch = watchCounts(s, watched);
    await s.setImage('d', 'second');
    await eventually(async () => (await s.sets()).length === 2);
    await s.settled('d');
    expect(Math.max(...watched)).toBeLessThanOrEqual(5);
    const revisions = () =>
      s
        .sets()
        .then((all) =>
          Object.fromEntries(
            all.map((set) => [imageOf(set), set.metadata.annotations?.['deployment.kubernetes.io/revision']]),
          ),
        );
    expect(await revisions()).toEqual({ host: '1', second: '2' });
    // As `kubectl rollout undo`: the template of an earlier ReplicaSet, which takes up again.
    await s.setImage('d', 'host');
    await eventually(async () => (await revisions())['host'] === '3');
    await s.settled('d');
    expect((await s.get('d')).metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
    await s.setImage('d', 'third');
    await eventually(async () => !('second' in (await revisions())));
    await s.settled('d');
    await eventually(
      async () =>
        Object.keys(await revisions())
          .toSorted()
          .join() === 'host,third',
    );
  });

  suite.test('stops a rollout whose pods do not come up, and says so after the deadline', async (cluster) => {
    await using s = await surroundings(cluster);
    await s.make('d', { replicas: 4, progressDeadlineSeconds: 2 });
    await s.settled('d');
    await s.setImage('d', 'pending');
    const stuck = await eventually(async () => {
      const current = await s.get('d');
      return conditionOf(current, 'Progressing')?.reason === 'ProgressDeadlineExceeded' && current;
    });
    // One of four may be missing, one may be too many.
    expect(stuck.status).toMatchObject({ availableReplicas: 3, updatedReplicas: 2 });
    await s.setImage('d', 'fixed');
    await s.settled('d');
  });

  suite.test('is scaled, also while it is paused, and rolls nothing out then', async (cluster) => {
    await using s = await surroundings(cluster);
    await s.make('d', { replicas: 2 });
    await s.settled('d');
    const { client, namespace } = s;
    await client.patch(deployments, 'd', { spec: { paused: true } }, { namespace, type: 'merge' });
    await s.setImage('d', 'later');
    const size = { spec: { replicas: 5 } };
    await client.patch(deployments, 'd', size, { namespace, type: 'merge', subresource: 'scale' });
    await eventually(async () => (await s.get('d')).status?.availableReplicas === 5);
    expect((await s.sets()).map(imageOf)).toEqual(['host']);
    expect(conditionOf(await s.get('d'), 'Progressing')?.reason).toBe('DeploymentPaused');
    await client.patch(deployments, 'd', { spec: { paused: false } }, { namespace, type: 'merge' });
    await s.settled('d');
    expect((await s.sets()).map(imageOf).toSorted()).toEqual(['host', 'later']);
  });

  suite.test('of strategy Recreate has no two kinds of pods at once', async (cluster) => {
    await using s = await surroundings(cluster);
    await s.make('d', { replicas: 3, strategy: { type: 'Recreate' } });
    await s.settled('d');
    await s.setImage('d', 'second');
    await eventually(async () => {
      const images = new Set((await s.running()).map(({ spec }) => spec.containers[0]?.image));
      expect(images.size).toBeLessThanOrEqual(1);
      return images.has('second');
    });
    await s.settled('d');
  });

  suite.test('goes with everything below it', async (cluster) => {
    await using s = await surroundings(cluster);
    await s.make('d', { replicas: 2 });
    await s.settled('d');
    await s.client.delete(deployments, 'd', { namespace: s.namespace, propagationPolicy: 'Foreground' });
    await eventually(async () => await s.get('d').then(() => false, isNotFound));
    expect(await s.sets()).toEqual([]);
    expect(await s.running()).toEqual([]);
  });
});

describe('a ReplicaSet', () => {
  const set = (spec: object = {}) => ({
    metadata: { name: 'r' },
    spec: { replicas: 2, selector: { matchLabels: { app: 'r' } }, template: podTemplate('r'), ...spec },
  });

  suite.test('adopts pods that nobody manages, and makes only what is missing', async (cluster) => {
    await using s = await surroundings(cluster);
    const { client, namespace } = s;
    const { spec } = podTemplate('r');
    await client.create(pods, { metadata: { name: 'orphan', labels: { app: 'r' } }, spec }, { namespace });
    const made = await client.create(replicaSets, set() as never, { namespace });
    await eventually(async () => {
      const { metadata } = await client.get(pods, 'orphan', { namespace });
      return metadata.ownerReferences?.[0]?.uid === made.metadata.uid;
    });
    await eventually(
      async () => (await client.get(replicaSets, 'r', { namespace })).status?.readyReplicas === 2,
    );
    expect(await s.running()).toHaveLength(2);
  });

  suite.test('lets go of a pod that it no longer selects, and replaces it', async (cluster) => {
    await using s = await surroundings(cluster);
    const { client, namespace } = s;
    await client.create(replicaSets, set({ replicas: 1 }) as never, { namespace });
    const [first] = await eventually(async () => {
      const found = await s.running();
      return found.length === 1 && found;
    });
    const { name } = first!.metadata;
    await client.patch(pods, name, { metadata: { labels: { app: 'debug' } } }, { namespace, type: 'merge' });
    await eventually(async () => (await s.running()).length === 2);
    await eventually(
      async () => !(await client.get(pods, name, { namespace })).metadata.ownerReferences?.length,
    );
  });

  suite.test('deletes the pods that are told to cost least', async (cluster) => {
    await using s = await surroundings(cluster);
    const { client, namespace } = s;
    await client.create(replicaSets, set({ replicas: 3 }) as never, { namespace });
    await eventually(
      async () => (await client.get(replicaSets, 'r', { namespace })).status?.readyReplicas === 3,
    );
    const [dear, ...cheap] = await s.running();
    const annotations = { 'controller.kubernetes.io/pod-deletion-cost': '100' };
    await client.patch(
      pods,
      dear!.metadata.name,
      { metadata: { annotations } },
      { namespace, type: 'merge' },
    );
    await eventually(async () => {
      await client.patch(replicaSets, 'r', { spec: { replicas: 1 } }, { namespace, type: 'merge' });
      return (await s.running()).length === 1;
    });
    expect((await s.running())[0]?.metadata.name).toBe(dear!.metadata.name);
    expect(cheap).toHaveLength(2);
  });

  suite.test('says that its pods are refused, and takes it back', async (cluster) => {
    await using s = await surroundings(cluster);
    const { client, namespace } = s;
    const template = podTemplate('r', { serviceAccountName: 'late' });
    await client.create(replicaSets, set({ template }) as never, { namespace });
    const failure = async () =>
      (await client.get(replicaSets, 'r', { namespace })).status?.conditions?.find(
        ({ type }) => type === 'ReplicaFailure',
      );
    const said = await eventually(failure);
    expect(said).toMatchObject({ status: 'True', reason: 'FailedCreate' });
    expect(said.message).toContain('serviceaccount "late" not found');
    await client.create(
      { group: '', version: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', namespaced: true },
      { metadata: { name: 'late' } } as never,
      { namespace },
    );
    await eventually(async () => (await failure()) === undefined);
    await eventually(async () => (await s.running()).length === 2);
  });
});

suite.test('a ReplicationController keeps its pods', async (cluster) => {
  await using s = await surroundings(cluster);
  const { client, namespace } = s;
  const spec = { replicas: 2, template: podTemplate('rc') };
  await client.create(replicationControllers, { metadata: { name: 'rc' }, spec } as never, { namespace });
  const status = async () => (await client.get(replicationControllers, 'rc', { namespace })).status;
  await eventually(async () => (await status())?.readyReplicas === 2);
  const size = { spec: { replicas: 1 } };
  await client.patch(replicationControllers, 'rc', size, { namespace, type: 'merge', subresource: 'scale' });
  await eventually(async () => (await status())?.replicas === 1);
});

/** Notes how many pods there are whenever that changes. */
function watchCounts(
  { client, namespace }: { client: KubeClient; namespace: string },
  counts: number[],
): Disposable {
  const stop = new AbortController();
  const live = new Set<string>();
  const watching = (async () => {
    for await (const { type, object } of client.watch(pods, { namespace }, stop.signal)) {
      if (type === 'BOOKMARK') continue;
      const gone = type === 'DELETED' || object.metadata.deletionTimestamp !== undefined;
      if (gone) live.delete(object.metadata.name);
      else live.add(object.metadata.name);
      counts.push(live.size);
    }
  })().catch(() => {});
  return {
    [Symbol.dispose]: () => {
      stop.abort();
      void watching;
    },
  };
}
