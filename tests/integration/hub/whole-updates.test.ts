import { describe, expect } from 'bun:test';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { shellPod } from '../../cluster/objects.ts';
import type { Json } from '../../cluster/wire-client.ts';

const hub = shareCluster();

const versioned: { path: (namespace: string) => string; object: Json }[] = [
  {
    path: () => '/apis/node.k8s.io/v1/runtimeclasses',
    object: { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', handler: 'h' },
  },
  {
    path: (namespace) => `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`,
    object: { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', spec: { minAvailable: 1 } },
  },
  {
    path: () => '/apis/storage.k8s.io/v1/csinodes',
    object: { apiVersion: 'storage.k8s.io/v1', kind: 'CSINode', spec: { drivers: [] } },
  },
  {
    path: () => '/apis/storage.k8s.io/v1/csidrivers',
    object: { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', spec: {} },
  },
];

describe('an update of a whole object', () => {
  for (const { path, object } of versioned)
    hub.test(`says which version of a ${object.kind} it is of`, async (cluster) => {
      const namespace = await cluster.namespace();
      const name = `of-${namespace}`;
      const made = { ...object, metadata: { name } };
      expectJson(await cluster.admin.post(path(namespace), made), 201);
      const at = `${path(namespace)}/${name}`;
      const status = expectFailure(await cluster.admin.put(at, made), 422, 'Invalid');
      expect(status.message).toContain(
        'metadata.resourceVersion: Invalid value: 0: must be specified for an update',
      );
      expectJson(await cluster.admin.put(at, expectJson(await cluster.admin.get(at))));
      expectJson(await cluster.admin.patch(at, 'merge', { metadata: { labels: { a: 'b' } } }));
    });

  hub.test('creates a LimitRange and a RuntimeClass, and no PriorityClass', async (cluster) => {
    const namespace = await cluster.namespace();
    const name = `new-${namespace}`;
    const metadata = { name };
    const range = { apiVersion: 'v1', kind: 'LimitRange', metadata, spec: { limits: [] } };
    expectJson(await cluster.admin.put(`/api/v1/namespaces/${namespace}/limitranges/${name}`, range), 201);
    const runtime = { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata, handler: 'h' };
    expectJson(await cluster.admin.put(`/apis/node.k8s.io/v1/runtimeclasses/${name}`, runtime), 201);
    const priority = { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata, value: 1 };
    const put = await cluster.admin.put(`/apis/scheduling.k8s.io/v1/priorityclasses/${name}`, priority);
    expectFailure(put, 404, 'NotFound');
  });
});

describe('what is remarkable about a pod', () => {
  hub.test('is said when it is made, and not again', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const made = await cluster.admin.post(path, shellPod('with.dots', 'true'));
    expect(made.headers['warning']).toContain("metadata.name: this is used in the Pod's hostname");
    const labelled = await cluster.admin.patch(`${path}/with.dots`, 'merge', {
      metadata: { labels: { a: 'b' } },
    });
    expect(expectJson(labelled).metadata.labels).toEqual({ a: 'b' });
    expect(labelled.headers['warning']).toBeUndefined();
  });

  const mirror = { 'kubernetes.io/config.mirror': 'x' };
  const uses: { what: string; spec: Json }[] = [
    { what: 'reference service accounts', spec: { serviceAccountName: 'default' } },
    { what: 'reference secrets', spec: { volumes: [{ name: 'v', secret: { secretName: 's' } }] } },
    {
      what: 'use ServiceAccountToken volume projections',
      spec: {
        volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }],
      },
    },
  ];
  for (const { what, spec } of uses)
    hub.test(`that stands for one of its node: it may not ${what}`, async (cluster) => {
      const pod = shellPod('m', 'true', { metadata: { annotations: mirror } });
      const whole = { ...pod, spec: { ...pod.spec, nodeName: 'n', ...spec } };
      const namespace = await cluster.namespace();
      const status = expectFailure(
        await cluster.admin.post(`/api/v1/namespaces/${namespace}/pods`, whole),
        403,
        'Forbidden',
      );
      expect(status.message).toBe(`pods "m" is forbidden: a mirror pod may not ${what}`);
    });
});
