import { describe, expect } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../../cluster/eventually.ts';
import { expectJson } from '../../cluster/expectations.ts';
import { shellPod } from '../../cluster/objects.ts';
import type { Json } from '../../cluster/wire-client.ts';

const suite = shareCluster({ controllerManager: true });

const NODE = 'node-under-test';
const SERVICE_NAME = 'kubernetes.io/service-name';
const core = (namespace: string, plural: string) => `/api/v1/namespaces/${namespace}/${plural}`;
const slicesPath = (namespace: string) => `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;

/** The slices of a Service, as they stand. */
async function slicesOf(cluster: Cluster, namespace: string, name: string): Promise<Json[]> {
  const query = `?labelSelector=${encodeURIComponent(`${SERVICE_NAME}=${name}`)}`;
  return expectJson(await cluster.admin.get(slicesPath(namespace) + query)).items;
}

/** Endpoints of a Service's slices by the names of their pods. */
async function endpointsOf(cluster: Cluster, namespace: string, name: string): Promise<Record<string, Json>> {
  const slices = await slicesOf(cluster, namespace, name);
  return Object.fromEntries(
    slices.flatMap(({ endpoints }) => endpoints.map((one: Json) => [one.targetRef?.name, one])),
  );
}

async function createService(
  cluster: Cluster,
  namespace: string,
  name: string,
  spec: Json = {},
  metadata: Json = {},
) {
  const object = {
    metadata: { name, ...metadata },
    spec: { selector: { app: name }, ports: [{ name: 'http', port: 80, targetPort: 8080 }], ...spec },
  };
  return expectJson(await cluster.admin.post(core(namespace, 'services'), object), 201);
}

/** A node and pods of a node that runs nothing: the loops are under test, their kubelet is this file. */
async function ensureNode(cluster: Cluster) {
  const node = { metadata: { name: NODE, labels: { 'topology.kubernetes.io/zone': 'z1' } } };
  const answer = await cluster.admin.post('/api/v1/nodes', node);
  if (answer.status !== 409) expectJson(answer, 201);
}

async function createPod(
  cluster: Cluster,
  namespace: string,
  name: string,
  { app = 'web', ip = '10.244.9.1', ready = true, spec = {} }: Json = {},
) {
  await ensureNode(cluster);
  const object = shellPod(name, 'true', {
    ...spec,
    nodeName: NODE,
    tolerations: [{ operator: 'Exists' }],
    metadata: { labels: { app } },
  });
  await eventually(async () => (await cluster.admin.post(core(namespace, 'pods'), object)).status === 201);
  await report(cluster, namespace, name, ip, ready);
}

const seconds = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

/** What a kubelet would say of a pod. */
async function report(
  cluster: Cluster,
  namespace: string,
  name: string,
  ip: string,
  ready: boolean,
  lastTransitionTime = seconds(Date.now()),
) {
  const status = {
    phase: 'Running',
    podIP: ip,
    podIPs: [{ ip }],
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime }],
  };
  expectJson(await cluster.admin.patch(`${core(namespace, 'pods')}/${name}/status`, 'merge', { status }));
}

describe('a Service with a selector', () => {
  suite.test('has a slice and an Endpoints object of its pods, as they come and go', async (cluster) => {
    const namespace = await cluster.namespace();
    const { metadata } = await createService(cluster, namespace, 'web', {}, { labels: { team: 'a' } });
    const [empty] = await eventually(async () => {
      const slices = await slicesOf(cluster, namespace, 'web');
      return slices.length > 0 && slices;
    });
    expect(empty.endpoints).toEqual([]);
    expect(empty.metadata.name).toMatch(/^web-[a-z0-9]{5}$/);
    expect(empty.metadata.labels).toEqual({
      team: 'a',
      [SERVICE_NAME]: 'web',
      'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
    });
    expect(empty.metadata.ownerReferences).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Service',
        name: 'web',
        uid: metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ]);

    await createPod(cluster, namespace, 'ready');
    await createPod(cluster, namespace, 'waiting', { ip: '10.244.9.2', ready: false });
    await createPod(cluster, namespace, 'stranger', { app: 'other', ip: '10.244.9.3' });
    await eventuallyPasses(async () => {
      const found = await endpointsOf(cluster, namespace, 'web');
      expect(Object.keys(found).sort()).toEqual(['ready', 'waiting']);
      expect(found['ready']).toMatchObject({
        addresses: ['10.244.9.1'],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: NODE,
        zone: 'z1',
        targetRef: { kind: 'Pod', namespace, name: 'ready' },
      });
      expect(found['waiting'].conditions).toEqual({ ready: false, serving: false, terminating: false });
      const slices = await slicesOf(cluster, namespace, 'web');
      expect(slices).toHaveLength(1);
      expect(slices[0].ports).toEqual([{ name: 'http', protocol: 'TCP', port: 8080 }]);
    });
    await eventuallyPasses(async () => {
      const object = expectJson(await cluster.admin.get(`${core(namespace, 'endpoints')}/web`));
      expect(object.metadata.labels).toEqual({
        team: 'a',
        'endpoints.kubernetes.io/managed-by': 'endpoint-controller',
      });
      expect(object.subsets).toMatchObject([
        {
          addresses: [{ ip: '10.244.9.1', nodeName: NODE, targetRef: { name: 'ready' } }],
          notReadyAddresses: [{ ip: '10.244.9.2' }],
          ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
        },
      ]);
    });

    // Times are whole seconds: a change within one would be none.
    const changedAt = seconds(Date.now() + 5_000);
    await report(cluster, namespace, 'waiting', '10.244.9.2', true, changedAt);
    await eventually(async () => (await endpointsOf(cluster, namespace, 'web'))['waiting'].conditions.ready);
    const trigger = 'endpoints.kubernetes.io/last-change-trigger-time';
    const [slice] = await slicesOf(cluster, namespace, 'web');
    expect(slice.metadata.annotations[trigger]).toBe(changedAt);

    // The node runs nothing: the pod stays as it ends.
    expectJson(await cluster.admin.delete(`${core(namespace, 'pods')}/ready`));
    await eventuallyPasses(async () => {
      expect((await endpointsOf(cluster, namespace, 'web'))['ready'].conditions).toEqual({
        ready: false,
        serving: true,
        terminating: true,
      });
      const { subsets } = expectJson(await cluster.admin.get(`${core(namespace, 'endpoints')}/web`));
      expect(subsets[0].addresses.map(({ ip }: Json) => ip)).toEqual(['10.244.9.2']);
    });
    expectJson(await cluster.admin.delete(`${core(namespace, 'pods')}/ready`, { gracePeriodSeconds: 0 }));
    await eventually(async () => !('ready' in (await endpointsOf(cluster, namespace, 'web'))));

    expectJson(await cluster.admin.delete(`${core(namespace, 'services')}/web`));
    await eventually(async () => (await slicesOf(cluster, namespace, 'web')).length === 0);
    await eventually(
      async () => (await cluster.admin.get(`${core(namespace, 'endpoints')}/web`)).status === 404,
    );
  });

  suite.test('loses a pod whose label changes, and puts back a slice that is deleted', async (cluster) => {
    const namespace = await cluster.namespace();
    await createService(cluster, namespace, 'web');
    await createPod(cluster, namespace, 'p');
    const [slice] = await eventually(async () => {
      const slices = await slicesOf(cluster, namespace, 'web');
      return slices[0]?.endpoints.length === 1 && slices;
    });
    expectJson(await cluster.admin.delete(`${slicesPath(namespace)}/${slice.metadata.name}`));
    await eventually(async () => {
      const [again] = await slicesOf(cluster, namespace, 'web');
      return again?.endpoints.length === 1 && again.metadata.uid !== slice.metadata.uid;
    });
    const patch = { metadata: { labels: { app: 'other' } } };
    expectJson(await cluster.admin.patch(`${core(namespace, 'pods')}/p`, 'merge', patch));
    await eventually(async () => Object.keys(await endpointsOf(cluster, namespace, 'web')).length === 0);
    await eventually(async () => {
      const answer = await cluster.admin.get(`${core(namespace, 'endpoints')}/web`);
      return (answer.json.subsets ?? []).length === 0;
    });
  });

  suite.test(
    'headless, is marked so; with ports that differ from pod to pod, has a slice each',
    async (cluster) => {
      const namespace = await cluster.namespace();
      const ports = [{ name: 'http', port: 80, targetPort: 'web' }];
      await createService(cluster, namespace, 'web', { clusterIP: 'None', ports });
      for (const [name, containerPort] of [
        ['a', 8080],
        ['b', 9090],
      ] as const)
        await createPod(cluster, namespace, name, {
          ip: `10.244.9.${containerPort % 250}`,
          spec: { container: { ports: [{ name: 'web', containerPort }] } },
        });
      await eventuallyPasses(async () => {
        const slices = await slicesOf(cluster, namespace, 'web');
        expect(slices.map((slice) => slice.ports[0].port).sort()).toEqual([8080, 9090]);
        for (const { metadata } of slices) expect(metadata.labels['service.kubernetes.io/headless']).toBe('');
      });
    },
  );

  suite.test('publishes pods that are not ready where it is asked to', async (cluster) => {
    const namespace = await cluster.namespace();
    await createService(cluster, namespace, 'web', { publishNotReadyAddresses: true });
    await createPod(cluster, namespace, 'p', { ready: false });
    await eventuallyPasses(async () => {
      expect((await endpointsOf(cluster, namespace, 'web'))['p']?.conditions).toEqual({
        ready: true,
        serving: false,
        terminating: false,
      });
      const { subsets } = expectJson(await cluster.admin.get(`${core(namespace, 'endpoints')}/web`));
      expect(subsets[0].addresses).toHaveLength(1);
    });
  });

  suite.test('with more pods than a slice holds has several, and an Endpoints of all', async (cluster) => {
    const namespace = await cluster.namespace();
    await createService(cluster, namespace, 'web');
    const names = Array.from({ length: 104 }, (_, i) => `p${i}`);
    await Promise.all(
      names.map((name, i) => createPod(cluster, namespace, name, { ip: `10.244.8.${i + 1}` })),
    );
    await eventuallyPasses(async () => {
      const sizes = (await slicesOf(cluster, namespace, 'web')).map(({ endpoints }) => endpoints.length);
      expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(104);
      for (const size of sizes) expect(size).toBeLessThanOrEqual(100);
      expect(Object.keys(await endpointsOf(cluster, namespace, 'web'))).toHaveLength(104);
    });
  });
});

suite.test('a Service of the same name has slices of its own', async (cluster) => {
  const namespace = await cluster.namespace();
  await createPod(cluster, namespace, 'p');
  const first = await createService(cluster, namespace, 'web');
  await eventually(async () => (await slicesOf(cluster, namespace, 'web'))[0]?.endpoints.length === 1);
  expectJson(await cluster.admin.delete(`${core(namespace, 'services')}/web`));
  const second = await createService(cluster, namespace, 'web');
  expect(second.metadata.uid).not.toBe(first.metadata.uid);
  await eventuallyPasses(async () => {
    const slices = await slicesOf(cluster, namespace, 'web');
    expect(slices.map((slice) => slice.metadata.ownerReferences[0].uid)).toEqual([second.metadata.uid]);
    expect(slices[0].endpoints).toHaveLength(1);
  });
});

suite.test('a pod whose node comes later, or changes its zone, is told where it is', async (cluster) => {
  const namespace = await cluster.namespace();
  const nodeName = 'latecomer';
  await createService(cluster, namespace, 'web');
  const pod = shellPod('p', 'true', {
    nodeName,
    tolerations: [{ operator: 'Exists' }],
    metadata: { labels: { app: 'web' } },
  });
  await eventually(async () => (await cluster.admin.post(core(namespace, 'pods'), pod)).status === 201);
  await report(cluster, namespace, 'p', '10.244.9.9', true);
  await eventually(async () => {
    const answer = await cluster.admin.get(`${core(namespace, 'endpoints')}/web`);
    return answer.json.subsets?.length === 1;
  });
  expect(await endpointsOf(cluster, namespace, 'web')).toEqual({});
  expectJson(await cluster.admin.post('/api/v1/nodes', { metadata: { name: nodeName } }), 201);
  await eventually(async () => 'p' in (await endpointsOf(cluster, namespace, 'web')));
  const zone = { metadata: { labels: { 'topology.kubernetes.io/zone': 'z2' } } };
  expectJson(await cluster.admin.patch(`/api/v1/nodes/${nodeName}`, 'merge', zone));
  await eventually(async () => (await endpointsOf(cluster, namespace, 'web'))['p'].zone === 'z2');
});

describe('a Service without a selector', () => {
  const endpoints = (name: string, content: Json, metadata: Json = {}): Json => ({
    metadata: { name, ...metadata },
    ...content,
  });

  suite.test('has slices of the Endpoints that people write, as long as they stand', async (cluster) => {
    const namespace = await cluster.namespace();
    await createService(cluster, namespace, 'db', { selector: undefined, ports: [{ port: 5432 }] });
    const subsets = [
      {
        addresses: [{ ip: '192.0.2.1' }],
        notReadyAddresses: [{ ip: '192.0.2.2' }],
        ports: [{ port: 5432 }],
      },
    ];
    const path = core(namespace, 'endpoints');
    const object = endpoints('db', { subsets }, { labels: { team: 'a' }, annotations: { note: 'b' } });
    const { metadata } = expectJson(await cluster.admin.post(path, object), 201);
    const [slice] = await eventually(async () => {
      const slices = await slicesOf(cluster, namespace, 'db');
      return slices.length > 0 && slices;
    });
    expect(slice.metadata.labels).toEqual({
      team: 'a',
      [SERVICE_NAME]: 'db',
      'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
    });
    expect(slice.metadata.annotations).toEqual({ note: 'b' });
    expect(slice.metadata.ownerReferences[0]).toMatchObject({ kind: 'Endpoints', uid: metadata.uid });
    expect(slice.endpoints).toEqual([
      { addresses: ['192.0.2.1'], conditions: { ready: true } },
      { addresses: ['192.0.2.2'], conditions: { ready: false } },
    ]);
    const changed = [{ addresses: [{ ip: '192.0.2.3' }], ports: [{ port: 5432 }] }];
    expectJson(await cluster.admin.patch(`${path}/db`, 'merge', { subsets: changed }));
    await eventuallyPasses(async () => {
      const slices = await slicesOf(cluster, namespace, 'db');
      expect(slices.flatMap((one) => one.endpoints.map(({ addresses }: Json) => addresses[0]))).toEqual([
        '192.0.2.3',
      ]);
    });
    expectJson(await cluster.admin.delete(`${path}/db`));
    await eventually(async () => (await slicesOf(cluster, namespace, 'db')).length === 0);
  });

  suite.test('has none of Endpoints that ask not to be mirrored', async (cluster) => {
    const namespace = await cluster.namespace();
    const subsets = [{ addresses: [{ ip: '192.0.2.1' }] }];
    const labels = { 'endpointslice.kubernetes.io/skip-mirror': 'true' };
    for (const name of ['quiet', 'loud']) {
      await createService(cluster, namespace, name, { selector: undefined });
      const object = endpoints(name, { subsets }, name === 'quiet' ? { labels } : {});
      expectJson(await cluster.admin.post(core(namespace, 'endpoints'), object), 201);
    }
    await eventually(async () => (await slicesOf(cluster, namespace, 'loud')).length === 1);
    expect(await slicesOf(cluster, namespace, 'quiet')).toEqual([]);
  });
});

suite.test('what a Service left behind while nobody looked is taken away', async (cluster) => {
  const namespace = await cluster.namespace();
  await createService(cluster, namespace, 'web');
  await createPod(cluster, namespace, 'p');
  const path = `${core(namespace, 'endpoints')}/web`;
  await eventually(async () => (await cluster.admin.get(path)).json.subsets?.length === 1);
  await cluster.kill9('controller-manager');
  expectJson(await cluster.admin.delete(`${core(namespace, 'services')}/web`));
  await cluster.restart('controller-manager');
  await eventually(async () => (await cluster.admin.get(path)).status === 404, 30_000);
  await eventually(async () => (await slicesOf(cluster, namespace, 'web')).length === 0, 30_000);
});
