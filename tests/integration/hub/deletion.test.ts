import { describe, expect } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { shellPod } from '../../cluster/objects.ts';
import type { Json } from '../../cluster/wire-client.ts';

// The hub alone: what waits for a controller waits for ever, and can be looked at.
const hub = shareCluster();

async function makeMaps(cluster: Cluster, ...metadata: Json[]): Promise<string> {
  const path = `/api/v1/namespaces/${await cluster.namespace()}/configmaps`;
  for (const each of metadata) expectJson(await cluster.admin.post(path, { metadata: each }), 201);
  return path;
}

const causesOf = (status: Json) => status.details.causes;

describe('what becomes of dependents', () => {
  const policies: { name: string; query?: string; body?: object; finalizers?: string[] }[] = [
    { name: 'nothing, unless asked' },
    { name: 'nothing, in the background', body: { propagationPolicy: 'Background' } },
    { name: 'they go first', body: { propagationPolicy: 'Foreground' }, finalizers: ['foregroundDeletion'] },
    { name: 'they are left', body: { propagationPolicy: 'Orphan' }, finalizers: ['orphan'] },
    { name: 'they are left, said in the query', query: '?propagationPolicy=Orphan', finalizers: ['orphan'] },
    { name: 'they are left, said the old way', body: { orphanDependents: true }, finalizers: ['orphan'] },
    { name: 'they are not left, said the old way', body: { orphanDependents: false } },
    { name: 'the old way in the query', query: '?orphanDependents=true', finalizers: ['orphan'] },
  ];
  for (const { name, query = '', body, finalizers } of policies)
    hub.test(`: ${name}`, async (cluster) => {
      const path = await makeMaps(cluster, { name: 'a' });
      expectJson(await cluster.admin.delete(`${path}/a${query}`, body));
      const left = await cluster.admin.get(`${path}/a`);
      if (finalizers === undefined) expectFailure(left, 404, 'NotFound');
      else {
        const { metadata } = expectJson(left);
        expect(metadata.finalizers).toEqual(finalizers);
        expect(metadata.deletionTimestamp).toBeString();
      }
    });

  hub.test('can be changed while the object waits; unasked it stays', async (cluster) => {
    const path = await makeMaps(cluster, { name: 'a', finalizers: ['example.com/hold'] });
    const finalizers = async (body?: object) => {
      expectJson(await cluster.admin.delete(`${path}/a`, body));
      return expectJson(await cluster.admin.get(`${path}/a`)).metadata.finalizers;
    };
    expect(await finalizers({ propagationPolicy: 'Orphan' })).toEqual(['example.com/hold', 'orphan']);
    expect(await finalizers()).toEqual(['example.com/hold', 'orphan']);
    expect(await finalizers({ propagationPolicy: 'Foreground' })).toEqual([
      'example.com/hold',
      'foregroundDeletion',
    ]);
    expect(await finalizers({ propagationPolicy: 'Background' })).toEqual(['example.com/hold']);
  });

  const refused: { name: string; body: object; message: string }[] = [
    {
      name: 'said twice',
      body: { propagationPolicy: 'Orphan', orphanDependents: true },
      message:
        'propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
    },
    {
      name: 'of an unknown way',
      body: { propagationPolicy: 'Later' },
      message:
        'propagationPolicy: Unsupported value: "Later": supported values: "Foreground", "Background", "Orphan", "nil"',
    },
    {
      name: 'tried in an unknown way',
      body: { dryRun: ['Some'] },
      message: 'dryRun: Unsupported value: ["Some"]: supported values: "All"',
    },
  ];
  for (const { name, body, message } of refused)
    hub.test(`is refused ${name}`, async (cluster) => {
      const path = await makeMaps(cluster, { name: 'a' });
      const status = expectFailure(await cluster.admin.delete(`${path}/a`, body), 422, 'Invalid');
      expect(status.message).toBe(`DeleteOptions.meta.k8s.io "" is invalid: ${message}`);
    });
});

describe('preconditions', () => {
  hub.test('that do not hold are a conflict', async (cluster) => {
    const path = await makeMaps(cluster, { name: 'a' });
    const { uid, resourceVersion } = expectJson(await cluster.admin.get(`${path}/a`)).metadata;
    const refuse = async (preconditions: object) =>
      expectFailure(await cluster.admin.delete(`${path}/a`, { preconditions }), 409, 'Conflict').message;
    expect(await refuse({ uid: 'other' })).toBe(
      `Operation cannot be fulfilled on configmaps "a": the UID in the precondition (other) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
    expect(await refuse({ uid, resourceVersion: '1' })).toBe(
      `Operation cannot be fulfilled on configmaps "a": the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
    expectJson(await cluster.admin.delete(`${path}/a`, { preconditions: { uid, resourceVersion } }));
  });
});

describe('finalizers', () => {
  hub.test('hold an object back, can be taken away, and are not added to it any more', async (cluster) => {
    const path = await makeMaps(cluster, { name: 'a', finalizers: ['example.com/one', 'example.com/two'] });
    expectJson(await cluster.admin.delete(`${path}/a`));
    const patch = (finalizers: string[]) =>
      cluster.admin.patch(`${path}/a`, 'merge', { metadata: { finalizers } });
    const status = expectFailure(await patch(['example.com/one', 'example.com/three']), 422, 'Invalid');
    expect(causesOf(status)).toEqual([
      {
        reason: 'FieldValueForbidden',
        message:
          'Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/three"}',
        field: 'metadata.finalizers',
      },
    ]);
    expectJson(await patch(['example.com/two']));
    expectJson(await patch([]));
    expectFailure(await cluster.admin.get(`${path}/a`), 404, 'NotFound');
  });
});

describe('a pod that runs', () => {
  async function runningPod(cluster: Cluster): Promise<string> {
    const path = `/api/v1/namespaces/${await cluster.namespace()}/pods`;
    const pod = shellPod('a', 'sleep 1') as Json;
    const spec = { ...pod.spec, nodeName: 'nowhere', automountServiceAccountToken: false };
    expectJson(await cluster.admin.post(path, { ...pod, spec }), 201);
    return `${path}/a`;
  }

  hub.test('has the grace that it asked for, which can be cut short and not prolonged', async (cluster) => {
    const path = await runningPod(cluster);
    const deleted = async (body?: object) => expectJson(await cluster.admin.delete(path, body)).metadata;
    const first = await deleted({ gracePeriodSeconds: 60 });
    expect(first.deletionGracePeriodSeconds).toBe(60);
    const unasked = await deleted();
    expect(unasked).toEqual(first);
    expect(await deleted({ gracePeriodSeconds: 90 })).toEqual(first);
    const shorter = await deleted({ gracePeriodSeconds: 20 });
    expect(shorter.deletionGracePeriodSeconds).toBe(20);
    expect(Date.parse(first.deletionTimestamp) - Date.parse(shorter.deletionTimestamp)).toBe(40_000);
    expect((await deleted({ gracePeriodSeconds: -5 })).deletionGracePeriodSeconds).toBe(1);
    expectJson(await cluster.admin.delete(path, { gracePeriodSeconds: 0 }));
    expectFailure(await cluster.admin.get(path), 404, 'NotFound');
  });
});

describe('a collection', () => {
  hub.test('is deleted as labels and fields select, with the options given', async (cluster) => {
    const path = await makeMaps(
      cluster,
      { name: 'a', labels: { color: 'red' } },
      { name: 'b', labels: { color: 'red' }, finalizers: ['example.com/hold'] },
      { name: 'c', labels: { color: 'blue' } },
      { name: 'd' },
    );
    const names = async () =>
      expectJson(await cluster.admin.get(path)).items.map((item: Json) => item.metadata.name);
    const red = expectJson(await cluster.admin.delete(`${path}?labelSelector=color%3Dred`));
    expect(red.items.map((item: Json) => item.metadata.name)).toEqual(['a', 'b']);
    expect(await names()).toEqual(['b', 'c', 'd']);
    expectJson(await cluster.admin.delete(`${path}?fieldSelector=metadata.name%3Dd&dryRun=All`));
    expect(await names()).toEqual(['b', 'c', 'd']);
    expectJson(await cluster.admin.delete(`${path}?fieldSelector=metadata.name%3Dd`));
    expectJson(await cluster.admin.delete(path, { propagationPolicy: 'Orphan' }));
    expect(await names()).toEqual(['b', 'c']);
    expect(expectJson(await cluster.admin.get(`${path}/c`)).metadata.finalizers).toEqual(['orphan']);
  });
});
