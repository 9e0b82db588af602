import { describe, expect } from 'bun:test';
import { configMaps, namespaces, secrets, serviceAccounts } from '@hawser/api';
import { isNotFound, KubeClient } from '@hawser/client';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { readOutbox } from '../../cluster/outbox.ts';

const suite = shareCluster({ controllerManager: true });
const adminOf = (cluster: Cluster) =>
  KubeClient.fromKubeconfig(cluster.layout.adminKubeconfig, { userAgent: 'test' });

const gone = async (look: () => Promise<unknown>) =>
  await eventually(async () => await look().then(() => false, isNotFound));

/** Makes a ConfigMap that others own. */
async function owned(
  client: KubeClient,
  namespace: string,
  name: string,
  owners: { name: string; uid?: string }[] = [],
) {
  const ownerReferences = owners.map((owner) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: owner.name,
    uid: owner.uid ?? '',
    blockOwnerDeletion: true,
  }));
  const { metadata } = await client.create(configMaps, { metadata: { name, namespace, ownerReferences } });
  return metadata;
}

describe('what every namespace has', () => {
  suite.test(
    'a default service account and the root certificate, also when they are deleted',
    async (cluster) => {
      await using client = adminOf(cluster);
      const namespace = await cluster.namespace();
      const rootCa = () => client.get(configMaps, 'kube-root-ca.crt', { namespace });
      const account = () => client.get(serviceAccounts, 'default', { namespace });
      const published = await eventually(() => rootCa().catch(() => undefined));
      expect(published.data?.['ca.crt']).toContain('BEGIN CERTIFICATE');
      const { uid } = (await eventually(() => account().catch(() => undefined))).metadata;
      await client.delete(serviceAccounts, 'default', { namespace });
      await client.update(configMaps, { ...published, data: { 'ca.crt': 'forged' } });
      await eventually(async () => (await account().catch(() => undefined))?.metadata.uid !== uid);
      await eventually(async () => (await rootCa()).data?.['ca.crt'] === published.data?.['ca.crt']);
    },
  );
});

describe('namespace deletion', () => {
  suite.test('asks nothing of kinds of which there is nothing, and of nothing twice', async (cluster) => {
    await using client = adminOf(cluster);
    const name = await cluster.namespace();
    await eventually(() =>
      client.get(configMaps, 'kube-root-ca.crt', { namespace: name }).catch(() => undefined),
    );
    const metadata = { name: 'held', namespace: name, finalizers: ['example.com/hold'] };
    await client.create(configMaps, { metadata });
    await client.delete(namespaces, name);
    const rows = () => readOutbox(cluster.layout).filter(({ event }) => event.objectRef?.namespace === name);
    // The namespace is looked at again and again while something holds it.
    await eventually(
      () =>
        rows().filter(({ event }) => event.verb === 'list' && event.objectRef.resource === 'jobs').length > 3,
    );
    const asked = rows().filter(({ event }) => event.verb === 'deletecollection');
    const resources = asked.map(({ event }) => event.objectRef.resource).toSorted();
    expect(resources).toEqual(['configmaps', 'serviceaccounts']);
    await client.patch(
      configMaps,
      'held',
      { metadata: { finalizers: null } },
      { namespace: name, type: 'merge' },
    );
    await gone(() => client.get(namespaces, name));
  });

  suite.test('empties the namespace and waits for finalizers, saying so', async (cluster) => {
    await using client = adminOf(cluster);
    const name = await cluster.namespace();
    await owned(client, name, 'plain');
    await client.create(configMaps, {
      metadata: { name: 'held', namespace: name, finalizers: ['example.com/hold'] },
    });
    await client.delete(namespaces, name);
    const held = await eventually(async () => {
      const { status } = await client.get(namespaces, name);
      return status?.conditions?.find(
        ({ type, status }) => type === 'NamespaceFinalizersRemaining' && status === 'True',
      );
    });
    expect(held.message).toBe(
      'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
    );
    expect(
      (await client.list(configMaps, { namespace: name })).items.map(({ metadata }) => metadata.name),
    ).toEqual(['held']);
    const refused = await cluster.admin.post(`/api/v1/namespaces/${name}/configmaps`, {
      metadata: { name: 'late' },
    });
    expect(refused.status).toBe(403);
    await client.patch(
      configMaps,
      'held',
      { metadata: { finalizers: null } },
      { namespace: name, type: 'merge' },
    );
    await gone(() => client.get(namespaces, name));
  });
});

describe('garbage collection', () => {
  suite.test('takes what the deleted owned, and what that owned', async (cluster) => {
    await using client = adminOf(cluster);
    const namespace = await cluster.namespace();
    const owner = await owned(client, namespace, 'owner');
    const child = await owned(client, namespace, 'child', [owner]);
    await owned(client, namespace, 'grandchild', [child]);
    await owned(client, namespace, 'stranger');
    await client.delete(configMaps, 'owner', { namespace });
    await gone(() => client.get(configMaps, 'grandchild', { namespace }));
    await gone(() => client.get(configMaps, 'child', { namespace }));
    await client.get(configMaps, 'stranger', { namespace });
  });

  suite.test('in the foreground, the owner goes last', async (cluster) => {
    await using client = adminOf(cluster);
    const namespace = await cluster.namespace();
    const owner = await owned(client, namespace, 'owner');
    const ownerReferences = [
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.uid!, blockOwnerDeletion: true },
    ];
    const finalizers = ['example.com/hold'];
    await client.create(configMaps, { metadata: { name: 'child', namespace, ownerReferences, finalizers } });
    await client.delete(configMaps, 'owner', { namespace, propagationPolicy: 'Foreground' });
    await eventually(
      async () => (await client.get(configMaps, 'child', { namespace })).metadata.deletionTimestamp,
    );
    expect((await client.get(configMaps, 'owner', { namespace })).metadata.finalizers).toEqual([
      'foregroundDeletion',
    ]);
    await client.patch(configMaps, 'child', { metadata: { finalizers: null } }, { namespace, type: 'merge' });
    await gone(() => client.get(configMaps, 'owner', { namespace }));
  });

  suite.test('an orphaned child stays and forgets its owner', async (cluster) => {
    await using client = adminOf(cluster);
    const namespace = await cluster.namespace();
    const owner = await owned(client, namespace, 'owner');
    await owned(client, namespace, 'child', [owner]);
    await client.delete(configMaps, 'owner', { namespace, propagationPolicy: 'Orphan' });
    await gone(() => client.get(configMaps, 'owner', { namespace }));
    const child = await client.get(configMaps, 'child', { namespace });
    expect(child.metadata.ownerReferences ?? []).toEqual([]);
  });

  suite.test('an object with one owner left lets go of the other', async (cluster) => {
    await using client = adminOf(cluster);
    const namespace = await cluster.namespace();
    const [kept, lost] = [await owned(client, namespace, 'kept'), await owned(client, namespace, 'lost')];
    await owned(client, namespace, 'child', [kept, lost]);
    await client.delete(configMaps, 'lost', { namespace });
    await eventually(async () => {
      const { metadata } = await client.get(configMaps, 'child', { namespace });
      return metadata.ownerReferences?.length === 1 && metadata.ownerReferences[0]!.uid === kept.uid;
    });
  });

  suite.test('a wrong reference costs the object that has it, not its siblings', async (cluster) => {
    await using client = adminOf(cluster);
    const namespace = await cluster.namespace();
    const owner = await owned(client, namespace, 'owner');
    await owned(client, namespace, 'liar', [{ name: 'another', uid: owner.uid }]);
    await owned(client, namespace, 'sibling', [owner]);
    await gone(() => client.get(configMaps, 'liar', { namespace }));
    await client.get(configMaps, 'sibling', { namespace });
    await client.get(configMaps, 'owner', { namespace });
  });
});

describe('bootstrap tokens', () => {
  suite.test('are deleted when they expire, not before', async (cluster) => {
    await using client = adminOf(cluster);
    const make = (id: string, secondsFromNow: number) => {
      const expiration = new Date(Date.now() + secondsFromNow * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
      const data = { 'token-id': id, 'token-secret': '0123456789abcdef', expiration };
      const encoded = Object.entries(data).map(([key, value]) => [
        key,
        Buffer.from(value).toString('base64'),
      ]);
      const metadata = { name: `bootstrap-token-${id}`, namespace: 'kube-system' };
      return client.create(secrets, {
        metadata,
        type: 'bootstrap.kubernetes.io/token',
        data: Object.fromEntries(encoded),
      });
    };
    await make('stays0', 3600);
    await make('goes00', 2);
    await gone(() => client.get(secrets, 'bootstrap-token-goes00', { namespace: 'kube-system' }));
    await client.get(secrets, 'bootstrap-token-stays0', { namespace: 'kube-system' });
  });
});
