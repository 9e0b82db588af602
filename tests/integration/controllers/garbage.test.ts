import { describe, expect } from 'bun:test';
import { configMaps, events, namespaces, nodes, type OwnerReference, secrets } from '@hawser/api';
import { isNotFound, KubeClient } from '@hawser/client';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';

const suite = shareCluster({ controllerManager: true });
const adminOf = (cluster: Cluster) =>
  KubeClient.fromKubeconfig(cluster.layout.adminKubeconfig, { userAgent: 'test' });
const gone = async (look: () => Promise<unknown>) =>
  await eventually(async () => await look().then(() => false, isNotFound));

const refer = (
  kind: string,
  { name, uid = '' }: { name: string; uid?: string },
  more: Partial<OwnerReference> = {},
): OwnerReference => ({ apiVersion: 'v1', kind, name, uid, blockOwnerDeletion: true, ...more });

describe('owners', () => {
  suite.test('may be cluster-wide', async (cluster) => {
    await using client = adminOf(cluster);
    const namespace = await cluster.namespace();
    const node = await client.create(nodes, { metadata: { name: `owner-${namespace}` } });
    const ownerReferences = [refer('Node', node.metadata)];
    await client.create(secrets, { metadata: { name: 'child', namespace, ownerReferences } });
    await client.delete(nodes, node.metadata.name);
    await gone(() => client.get(secrets, 'child', { namespace }));
  });

  suite.test('in another namespace are none: it is said, and the object goes', async (cluster) => {
    await using client = adminOf(cluster);
    const [here, there] = [await cluster.namespace(), await cluster.namespace()];
    const owner = await client.create(configMaps, { metadata: { name: 'owner', namespace: there } });
    const ownerReferences = [refer('ConfigMap', owner.metadata)];
    await client.create(configMaps, { metadata: { name: 'child', namespace: here, ownerReferences } });
    await gone(() => client.get(configMaps, 'child', { namespace: here }));
    const event = await eventually(async () => {
      const { items } = await client.list(events, { namespace: here });
      return items.find(({ reason }) => reason === 'OwnerRefInvalidNamespace');
    });
    expect(event.type).toBe('Warning');
    expect(event.message).toBe(
      `ownerRef [v1/ConfigMap, namespace: ${here}, name: owner, uid: ${owner.metadata.uid}] does not exist in namespace "${here}"`,
    );
    await client.get(configMaps, 'owner', { namespace: there });
  });

  suite.test('of a cluster-wide object are not in a namespace: it stays', async (cluster) => {
    await using client = adminOf(cluster);
    const namespace = await cluster.namespace();
    const owner = await client.create(configMaps, { metadata: { name: 'owner', namespace } });
    const ownerReferences = [refer('ConfigMap', owner.metadata)];
    const name = `child-${namespace}`;
    await client.create(nodes, { metadata: { name, ownerReferences } });
    const witness = { metadata: { name: 'witness', namespace, ownerReferences } };
    await client.create(configMaps, witness);
    await client.delete(configMaps, 'owner', { namespace });
    await gone(() => client.get(configMaps, 'witness', { namespace }));
    await client.get(nodes, name);
  });
});

describe('objects that own each other', () => {
  suite.test('do not wait for each other for ever', async (cluster) => {
    await using client = adminOf(cluster);
    const namespace = await cluster.namespace();
    const make = async (name: string) =>
      (await client.create(configMaps, { metadata: { name, namespace } })).metadata;
    const [a, b, c] = [await make('a'), await make('b'), await make('c')];
    const own = (name: string, owner: { name: string; uid?: string }) =>
      client.patch(
        configMaps,
        name,
        { metadata: { ownerReferences: [refer('ConfigMap', owner)] } },
        { namespace, type: 'merge' },
      );
    await own('b', a);
    await own('c', b);
    await own('a', c);
    await client.delete(configMaps, 'a', { namespace, propagationPolicy: 'Foreground' });
    for (const name of ['a', 'b', 'c']) await gone(() => client.get(configMaps, name, { namespace }));
  });
});

describe('an owner that is deleted while dependents are made', () => {
  suite.test('leaves none behind', async (cluster) => {
    await using client = adminOf(cluster);
    const namespace = await cluster.namespace();
    const owner = await client.create(configMaps, { metadata: { name: 'owner', namespace } });
    const ownerReferences = [refer('ConfigMap', owner.metadata)];
    const make = (name: string) => client.create(secrets, { metadata: { name, namespace, ownerReferences } });
    const before = Array.from({ length: 20 }, (_, i) => make(`a${i}`));
    await Promise.all([
      ...before,
      client.delete(configMaps, 'owner', { namespace }),
      ...Array.from({ length: 20 }, (_, i) => make(`b${i}`)),
    ]);
    await Promise.all(Array.from({ length: 5 }, (_, i) => make(`c${i}`)));
    await eventually(async () => (await client.list(secrets, { namespace })).items.length === 0);
  });

  suite.test('in the foreground goes when the last of them has', async (cluster) => {
    await using client = adminOf(cluster);
    const namespace = await cluster.namespace();
    const owner = await client.create(configMaps, { metadata: { name: 'owner', namespace } });
    const ownerReferences = [refer('ConfigMap', owner.metadata)];
    const make = (name: string) => client.create(secrets, { metadata: { name, namespace, ownerReferences } });
    await Promise.all(Array.from({ length: 10 }, (_, i) => make(`a${i}`)));
    await Promise.all([
      client.delete(configMaps, 'owner', { namespace, propagationPolicy: 'Foreground' }),
      ...Array.from({ length: 10 }, (_, i) => make(`b${i}`)),
    ]);
    await gone(() => client.get(configMaps, 'owner', { namespace }));
    await eventually(async () => (await client.list(secrets, { namespace })).items.length === 0);
  });
});

describe('a namespace that ends', () => {
  suite.test('takes owners and dependents of every kind along', async (cluster) => {
    await using client = adminOf(cluster);
    const namespace = await cluster.namespace();
    const owner = await client.create(configMaps, { metadata: { name: 'owner', namespace } });
    const ownerReferences = [refer('ConfigMap', owner.metadata)];
    await client.create(secrets, { metadata: { name: 'child', namespace, ownerReferences } });
    await client.delete(configMaps, 'owner', { namespace, propagationPolicy: 'Orphan' });
    await client.delete(namespaces, namespace);
    await gone(() => client.get(namespaces, namespace));
  });
});
