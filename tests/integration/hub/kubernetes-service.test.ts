import { describe, expect } from 'bun:test';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import type { Json } from '../../cluster/wire-client.ts';

const hub = shareCluster();

const SERVICE = '/api/v1/namespaces/default/services/kubernetes';
const ENDPOINTS = '/api/v1/namespaces/default/endpoints/kubernetes';
const SLICE = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes';
const endpointsIn = (namespace: string) => `/api/v1/namespaces/${namespace}/endpoints`;
const slicesIn = (namespace: string) => `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`;

describe('the Service kubernetes', () => {
  hub.test('leads to the hub', async (cluster) => {
    const port = Number(new URL(cluster.server).port);
    const service = expectJson(await cluster.admin.get(SERVICE));
    expect(service.metadata.labels).toEqual({ component: 'apiserver', provider: 'kubernetes' });
    expect(service.spec).toEqual({
      clusterIP: '10.96.0.1',
      clusterIPs: ['10.96.0.1'],
      type: 'ClusterIP',
      sessionAffinity: 'None',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      internalTrafficPolicy: 'Cluster',
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }],
    });
    const endpoints = expectJson(await cluster.admin.get(ENDPOINTS));
    expect(endpoints.metadata.labels).toEqual({ 'endpointslice.kubernetes.io/skip-mirror': 'true' });
    expect(endpoints.subsets).toEqual([
      { addresses: [{ ip: '127.0.0.1' }], ports: [{ name: 'https', port, protocol: 'TCP' }] },
    ]);
    const slice = expectJson(await cluster.admin.get(SLICE));
    expect(slice.metadata.labels).toEqual({ 'kubernetes.io/service-name': 'kubernetes' });
    expect(slice).toMatchObject({
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.0.0.1'], conditions: { ready: true } }],
      ports: [{ name: 'https', port, protocol: 'TCP' }],
    });
  });

  for (const path of [SERVICE, ENDPOINTS, SLICE])
    hub.test(`is made again when it is deleted: ${path}`, async (cluster) => {
      const { metadata } = expectJson(await cluster.admin.get(path));
      expectJson(await cluster.admin.delete(path));
      await eventually(async () => {
        const answer = await cluster.admin.get(path);
        return answer.status === 200 && answer.json.metadata.uid !== metadata.uid;
      });
    });

  hub.test('stays as it is across a restart', async (cluster) => {
    const before = await Promise.all([SERVICE, ENDPOINTS, SLICE].map((path) => cluster.admin.get(path)));
    await cluster.restart('apiserver');
    await cluster.untilReady();
    const after = await Promise.all([SERVICE, ENDPOINTS, SLICE].map((path) => cluster.admin.get(path)));
    expect(after.map(({ json }) => json)).toEqual(before.map(({ json }) => json));
  });

  hub.test('has the address of --advertise-address', async (cluster) => {
    await cluster.restart('apiserver', ['--advertise-address', '192.0.2.7']);
    await cluster.untilReady();
    expect(expectJson(await cluster.admin.get(ENDPOINTS)).subsets[0].addresses).toEqual([
      { ip: '192.0.2.7' },
    ]);
    expect(expectJson(await cluster.admin.get(SLICE)).endpoints[0].addresses).toEqual(['192.0.2.7']);
  });

  hub.test('and all endpoints refuse loopback unless the hub allows it', async (cluster) => {
    await cluster.restart('apiserver', [
      '--advertise-address',
      '192.0.2.7',
      '--allow-loopback-targets=false',
    ]);
    await cluster.untilReady();
    const namespace = await cluster.namespace();
    const why = 'may not be in the loopback range (127.0.0.0/8, ::1/128)';
    const endpoints = await cluster.admin.post(endpointsIn(namespace), {
      metadata: { name: 'e' },
      subsets: [{ addresses: [{ ip: '127.0.1.1' }], ports: [{ port: 80 }] }],
    });
    expect(expectFailure(endpoints, 422, 'Invalid').details.causes).toEqual([
      {
        reason: 'FieldValueInvalid',
        field: 'subsets[0].addresses[0].ip',
        message: `Invalid value: "127.0.1.1": ${why}`,
      },
    ]);
    const slice = await cluster.admin.post(slicesIn(namespace), {
      metadata: { name: 's' },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.0.1.1'] }],
    });
    expect(expectFailure(slice, 422, 'Invalid').details.causes).toEqual([
      {
        reason: 'FieldValueInvalid',
        field: 'endpoints[0].addresses[0]',
        message: `Invalid value: "127.0.1.1": ${why}`,
      },
    ]);
    await cluster.restart('apiserver');
    await cluster.untilReady();
  });
});

describe('endpoints', () => {
  const slice = (content: Json): Json => ({
    metadata: { name: 's' },
    addressType: 'IPv4',
    endpoints: [],
    ...content,
  });
  const refused: {
    name: string;
    kind: 'endpoints' | 'slice';
    object: Json;
    field: string;
    message: string;
  }[] = [
    {
      name: 'a subset without addresses',
      kind: 'endpoints',
      object: { metadata: { name: 'e' }, subsets: [{ ports: [{ port: 1 }] }] },
      field: 'subsets[0]',
      message: 'Required value: must specify `addresses` or `notReadyAddresses`',
    },
    {
      name: 'a link-local address',
      kind: 'endpoints',
      object: { metadata: { name: 'e' }, subsets: [{ addresses: [{ ip: '169.254.169.254' }] }] },
      field: 'subsets[0].addresses[0].ip',
      message:
        'Invalid value: "169.254.169.254": may not be in the link-local range (169.254.0.0/16, fe80::/10)',
    },
    {
      name: 'two ports without names',
      kind: 'endpoints',
      object: {
        metadata: { name: 'e' },
        subsets: [{ addresses: [{ ip: '10.1.1.1' }], ports: [{ port: 1, name: 'a' }, { port: 2 }] }],
      },
      field: 'subsets[0].ports[1].name',
      message: 'Required value',
    },
    {
      name: 'no address type',
      kind: 'slice',
      object: slice({ addressType: undefined }),
      field: 'addressType',
      message: 'Required value',
    },
    {
      name: 'an address of another family',
      kind: 'slice',
      object: slice({ endpoints: [{ addresses: ['2001:db8::1'] }] }),
      field: 'endpoints[0].addresses[0]',
      message: 'Invalid value: "2001:db8::1": must be an IPv4 address',
    },
    {
      name: 'an endpoint without addresses',
      kind: 'slice',
      object: slice({ endpoints: [{ addresses: [] }] }),
      field: 'endpoints[0].addresses',
      message: 'Required value: must contain at least 1 address',
    },
    {
      name: 'too many endpoints',
      kind: 'slice',
      object: slice({ endpoints: Array.from({ length: 1001 }, () => ({ addresses: ['10.1.1.1'] })) }),
      field: 'endpoints',
      message: 'Too many: 1001: must have at most 1000 items',
    },
    {
      name: 'a port name twice',
      kind: 'slice',
      object: slice({ ports: [{ port: 1 }, { port: 2 }] }),
      field: 'ports[1].name',
      message: 'Duplicate value: ""',
    },
  ];
  for (const { name, kind, object, field, message } of refused)
    hub.test(`are refused with ${name}`, async (cluster) => {
      const namespace = await cluster.namespace();
      const path = kind === 'slice' ? slicesIn(namespace) : endpointsIn(namespace);
      const status = expectFailure(await cluster.admin.post(path, object), 422, 'Invalid');
      expect(status.details.causes[0]).toMatchObject({ field, message });
    });

  hub.test('read back with defaults, count their changes, and keep their address type', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `${slicesIn(namespace)}/s`;
    const made = expectJson(
      await cluster.admin.post(slicesIn(namespace), slice({ ports: [{ port: 80 }] })),
      201,
    );
    expect(made).toMatchObject({
      ports: [{ name: '', port: 80, protocol: 'TCP' }],
      metadata: { generation: 1 },
    });
    const annotated = expectJson(
      await cluster.admin.patch(path, 'merge', { metadata: { annotations: { a: 'b' } } }),
    );
    expect(annotated.metadata.generation).toBe(1);
    const changed = expectJson(
      await cluster.admin.patch(path, 'merge', { endpoints: [{ addresses: ['10.1.1.1'] }] }),
    );
    expect(changed.metadata.generation).toBe(2);
    const refusal = await cluster.admin.patch(path, 'merge', { addressType: 'IPv6', endpoints: [] });
    expect(expectFailure(refusal, 422, 'Invalid').details.causes).toEqual([
      {
        reason: 'FieldValueInvalid',
        field: 'addressType',
        message: 'Invalid value: "IPv6": field is immutable',
      },
    ]);
  });

  hub.test('of the old kind come with a warning, slices without', async (cluster) => {
    const warning = 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice';
    expect((await cluster.admin.get(ENDPOINTS)).warnings).toEqual([`299 - ${JSON.stringify(warning)}`]);
    expect((await cluster.admin.get(SLICE)).warnings).toEqual([]);
  });

  hub.test('are shown with the first of their addresses', async (cluster) => {
    const namespace = await cluster.namespace();
    const addresses = ['10.1.1.1', '10.1.1.2', '10.1.1.3', '10.1.1.4'];
    const endpoints = addresses.map((address) => ({ addresses: [address] }));
    expectJson(
      await cluster.admin.post(slicesIn(namespace), slice({ endpoints, ports: [{ port: 80 }] })),
      201,
    );
    const { columnDefinitions, rows } = expectJson(
      await cluster.admin.get(slicesIn(namespace), {
        accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
      }),
    );
    expect(columnDefinitions.map(({ name }: Json) => name)).toEqual([
      'Name',
      'AddressType',
      'Ports',
      'Endpoints',
      'Age',
    ]);
    expect(rows[0].cells.slice(0, 4)).toEqual(['s', 'IPv4', '80', '10.1.1.1,10.1.1.2,10.1.1.3 + 1 more...']);
  });
});
