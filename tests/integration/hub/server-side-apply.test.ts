import { describe, expect } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import type { Json, WireResponse } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const APPLY = 'application/apply-patch+yaml';

function apply(cluster: Cluster, path: string, manager: string, body: object | string, more = '') {
  return cluster.admin.patch(`${path}?fieldManager=${manager}${more}`, APPLY, body);
}

const map = (data: object, metadata: object = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', ...metadata },
  data,
});

const mapPath = async (cluster: Cluster) => `/api/v1/namespaces/${await cluster.namespace()}/configmaps/a`;

const container = (name: string, more: object = {}) => ({ name, image: `registry/${name}:1`, ...more });

const deployment = (spec: object = {}, containers: object[] = [container('c')]) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'a' },
  spec: {
    selector: { matchLabels: { app: 'a' } },
    template: { metadata: { labels: { app: 'a' } }, spec: { containers } },
    ...spec,
  },
});

const deploymentPath = async (cluster: Cluster) =>
  `/apis/apps/v1/namespaces/${await cluster.namespace()}/deployments/a`;

/** The managers of an answer, each with its fields and without its time. */
function managersOf(answer: WireResponse, code = 200): Json[] {
  const { managedFields = [] } = expectJson(answer, code).metadata;
  return managedFields.map(({ time: _time, fieldsType: _type, ...entry }: Json) => entry);
}

const ownersOf = (answer: WireResponse, code = 200) =>
  managersOf(answer, code).map(({ manager, operation }) => `${manager} ${operation}`);

describe('apply', () => {
  hub.test('creates what does not exist, and says who owns what', async (cluster) => {
    const path = await mapPath(cluster);
    const answer = await apply(cluster, path, 'one', map({ a: '1' }, { labels: { l: 'x' } }));
    expect(managersOf(answer, 201)).toEqual([
      {
        manager: 'one',
        operation: 'Apply',
        apiVersion: 'v1',
        fieldsV1: { 'f:data': { 'f:a': {} }, 'f:metadata': { 'f:labels': { 'f:l': {} } } },
      },
    ]);
    expect(answer.json.metadata.managedFields[0]).toMatchObject({
      fieldsType: 'FieldsV1',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(expectJson(await cluster.admin.get(path))).toEqual(answer.json);
  });

  hub.test('takes YAML', async (cluster) => {
    const path = await mapPath(cluster);
    const yaml = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  a: "1"\n';
    expect(expectJson(await apply(cluster, path, 'one', yaml), 201).data).toEqual({ a: '1' });
  });

  hub.test(
    'removes what its manager applied before and does not apply now, and nothing else',
    async (cluster) => {
      const path = await mapPath(cluster);
      expectJson(await apply(cluster, path, 'one', map({ a: '1', b: '2' })), 201);
      expectJson(await apply(cluster, path, 'two', map({ b: '2', c: '3' })), 200);
      const answer = await apply(cluster, path, 'one', map({ d: '4' }));
      expect(expectJson(answer).data).toEqual({ b: '2', c: '3', d: '4' });
    },
  );

  hub.test('that changes nothing writes nothing', async (cluster) => {
    const path = await deploymentPath(cluster);
    const first = expectJson(await apply(cluster, path, 'one', deployment({ replicas: 2 })), 201);
    expect(expectJson(await apply(cluster, path, 'one', deployment({ replicas: 2 })))).toEqual(first);
  });

  hub.test('of a value that is so already makes a second owner', async (cluster) => {
    const path = await mapPath(cluster);
    await apply(cluster, path, 'one', map({ a: '1' }));
    const answer = await apply(cluster, path, 'two', map({ a: '1' }));
    expect(ownersOf(answer)).toEqual(['one Apply', 'two Apply']);
  });

  hub.test('conflicts over what another manager has otherwise, unless it is forced', async (cluster) => {
    const path = await mapPath(cluster);
    await apply(cluster, path, 'one', map({ a: '1', b: '2' }));
    const one = await apply(cluster, path, 'two', map({ a: '9' }));
    expect(expectFailure(one, 409, 'Conflict')).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "one": .data.a',
    });
    expect(one.json.details).toEqual({
      causes: [{ reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.a' }],
    });
    const two = await apply(cluster, path, 'two', map({ a: '9', b: '9' }));
    expect(expectFailure(two, 409, 'Conflict').message).toBe(
      'Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b',
    );
    const forced = await apply(cluster, path, 'two', map({ a: '9' }), '&force=true');
    expect(expectJson(forced).data).toEqual({ a: '9', b: '2' });
    expect(managersOf(forced)).toEqual([
      { manager: 'one', operation: 'Apply', apiVersion: 'v1', fieldsV1: { 'f:data': { 'f:b': {} } } },
      { manager: 'two', operation: 'Apply', apiVersion: 'v1', fieldsV1: { 'f:data': { 'f:a': {} } } },
    ]);
  });

  hub.test('merges lists by their keys, and replaces those that are atomic', async (cluster) => {
    const path = await deploymentPath(cluster);
    const ports = [{ containerPort: 53 }, { containerPort: 53, protocol: 'UDP' }];
    const first = [container('c', { ports, args: ['x', 'y'] })];
    expectJson(await apply(cluster, path, 'one', deployment({}, first)), 201);
    const sidecar = {
      ...deployment(),
      spec: { template: { spec: { containers: [container('s')] } } },
    };
    expectJson(await apply(cluster, path, 'two', sidecar));
    const second = [container('c', { ports: ports.slice(1), args: ['z'] })];
    const answer = await apply(cluster, path, 'one', deployment({}, second));
    const { containers } = expectJson(answer).spec.template.spec;
    expect(containers.map(({ name, args, ports: open }: Json) => ({ name, args, open }))).toEqual([
      { name: 'c', args: ['z'], open: [{ containerPort: 53, protocol: 'UDP' }] },
      { name: 's', args: undefined, open: undefined },
    ]);
    const [one] = managersOf(answer).filter(({ manager }) => manager === 'one');
    expect(one.fieldsV1['f:spec']['f:template']['f:spec']['f:containers']['k:{"name":"c"}']).toEqual({
      '.': {},
      'f:args': {},
      'f:image': {},
      'f:name': {},
      'f:ports': {
        'k:{"containerPort":53,"protocol":"UDP"}': { '.': {}, 'f:containerPort': {}, 'f:protocol': {} },
      },
    });
    expect(one.fieldsV1['f:spec']['f:selector']).toEqual({});
  });

  hub.test('fails on an object whose version has passed', async (cluster) => {
    const path = await mapPath(cluster);
    const { metadata } = expectJson(await apply(cluster, path, 'one', map({ a: '1' })), 201);
    expectJson(await apply(cluster, path, 'one', map({ a: '2' })));
    const late = map({ a: '3' }, { resourceVersion: metadata.resourceVersion });
    const { message } = expectFailure(await apply(cluster, path, 'one', late), 409, 'Conflict');
    expect(message).toContain('the object has been modified');
  });

  hub.test('dry keeps nothing', async (cluster) => {
    const path = await mapPath(cluster);
    expectJson(await apply(cluster, path, 'one', map({ a: '1' }), '&dryRun=All'), 201);
    expectFailure(await cluster.admin.get(path), 404, 'NotFound');
  });
});

describe('apply refuses', () => {
  const cases: { name: string; body: object | string; query?: string; code: number; message: string }[] = [
    {
      name: 'to go without a manager',
      body: map({}),
      query: '?',
      code: 422,
      message:
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    },
    {
      name: 'another kind',
      body: { ...map({}), kind: 'Secret' },
      code: 400,
      message: 'invalid object type: /v1, Kind=Secret',
    },
    {
      name: 'another version',
      body: { ...map({}), apiVersion: 'apps/v1' },
      code: 400,
      message: 'invalid object type: apps/v1, Kind=ConfigMap',
    },
    {
      name: 'another name',
      body: map({}, { name: 'b' }),
      code: 400,
      message: 'the name of the object (b) does not match the name on the URL (a)',
    },
    {
      name: 'managedFields',
      body: map({}, { managedFields: [] }),
      code: 400,
      message: 'metadata.managedFields must be nil',
    },
    {
      name: 'a field that the kind does not have',
      body: { ...map({}), dta: {} },
      code: 400,
      message:
        'failed to create typed patch object (NAMESPACE/a; /v1, Kind=ConfigMap): .dta: field not declared in schema',
    },
    {
      name: 'values of the wrong type',
      body: { ...map({ a: 1 }), immutable: 'x' },
      code: 400,
      message:
        'failed to create typed patch object (NAMESPACE/a; /v1, Kind=ConfigMap): errors:\n  .data.a: expected string, got number\n  .immutable: expected boolean, got string',
    },
    {
      name: 'what is no object',
      body: '[]',
      code: 400,
      message: 'error decoding patch: the configuration is not an object',
    },
    {
      name: 'a key that stands twice, if asked',
      body: '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"a":"1","a":"2"}}',
      query: '?fieldManager=one&fieldValidation=Strict',
      code: 400,
      message: 'error strict decoding patch: duplicate field "data.a"',
    },
    {
      name: 'a UID where nothing exists',
      body: map({}, { uid: 'u' }),
      code: 409,
      message:
        'Operation cannot be fulfilled on configmaps "a": uid mismatch: the provided object specified uid u, and no existing object was found',
    },
  ];
  for (const { name, body, query = '?fieldManager=one', code, message } of cases)
    hub.test(name, async (cluster) => {
      const path = await mapPath(cluster);
      const answer = await cluster.admin.patch(`${path}${query}`, APPLY, body);
      const namespace = path.split('/')[4]!;
      expect(answer.json).toMatchObject({ code, message: message.replace('NAMESPACE', namespace) });
    });

  hub.test('CBOR, which is not served', async (cluster) => {
    const path = await mapPath(cluster);
    const answer = await cluster.admin.patch(`${path}?fieldManager=a`, 'application/apply-patch+cbor', '{}');
    expectFailure(answer, 415, 'UnsupportedMediaType');
  });
});

describe('what others write', () => {
  hub.test('belongs to nobody in particular until something is applied', async (cluster) => {
    const path = await mapPath(cluster);
    expectJson(await cluster.admin.post(path.replace(/\/a$/, ''), map({ a: '1', b: '2' })), 201);
    expectJson(await cluster.admin.patch(path, 'merge', { data: { b: '3' } }));
    expect(expectJson(await cluster.admin.get(path)).metadata.managedFields).toBeUndefined();
    const answer = await apply(cluster, path, 'one', map({ a: '1' }));
    expect(managersOf(answer)).toEqual([
      { manager: 'one', operation: 'Apply', apiVersion: 'v1', fieldsV1: { 'f:data': { 'f:a': {} } } },
      {
        manager: 'before-first-apply',
        operation: 'Update',
        apiVersion: 'v1',
        fieldsV1: { 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} } },
      },
    ]);
    const conflict = await apply(cluster, path, 'one', map({ b: '4' }));
    expect(expectFailure(conflict, 409, 'Conflict').message).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.b',
    );
  });

  hub.test('belongs to them once something is applied, by fieldManager or User-Agent', async (cluster) => {
    const path = await mapPath(cluster);
    await apply(cluster, path, 'one', map({ a: '1', b: '2', c: '3' }));
    expectJson(await cluster.admin.patch(`${path}?fieldManager=two`, 'merge', { data: { a: '9' } }));
    const { metadata: _metadata, ...rest } = expectJson(await cluster.admin.get(path));
    const whole = { ...rest, metadata: { name: 'a' }, data: { ...rest.data, b: '9' } };
    const answer = await cluster.admin.put(path, whole, { 'user-agent': 'robot/1.0 (x)' });
    expect(managersOf(answer)).toEqual([
      { manager: 'one', operation: 'Apply', apiVersion: 'v1', fieldsV1: { 'f:data': { 'f:c': {} } } },
      { manager: 'robot', operation: 'Update', apiVersion: 'v1', fieldsV1: { 'f:data': { 'f:b': {} } } },
      { manager: 'two', operation: 'Update', apiVersion: 'v1', fieldsV1: { 'f:data': { 'f:a': {} } } },
    ]);
  });

  hub.test('to status and scale is told apart, and a scale takes the number over', async (cluster) => {
    const path = await deploymentPath(cluster);
    await apply(cluster, path, 'one', deployment({ replicas: 2 }));
    expectJson(
      await cluster.admin.patch(`${path}/status?fieldManager=c`, 'merge', {
        status: { observedGeneration: 1 },
      }),
    );
    expectJson(await cluster.admin.patch(`${path}/scale?fieldManager=s`, 'merge', { spec: { replicas: 3 } }));
    const [one, ...others] = managersOf(await cluster.admin.get(path));
    expect(one.fieldsV1['f:spec']).not.toHaveProperty('f:replicas');
    expect(others).toEqual([
      {
        manager: 'c',
        operation: 'Update',
        apiVersion: 'apps/v1',
        fieldsV1: { 'f:status': { 'f:observedGeneration': {} } },
        subresource: 'status',
      },
      {
        manager: 's',
        operation: 'Update',
        apiVersion: 'apps/v1',
        fieldsV1: { 'f:spec': { 'f:replicas': {} } },
        subresource: 'scale',
      },
    ]);
    const conflict = await apply(cluster, path, 'one', deployment({ replicas: 2 }));
    expect(expectFailure(conflict, 409, 'Conflict').message).toBe(
      'Apply failed with 1 conflict: conflict with "s" with subresource "scale" using apps/v1: .spec.replicas',
    );
  });

  hub.test(
    'keeps managedFields that it does not speak of, and takes them away when it says so',
    async (cluster) => {
      const path = await mapPath(cluster);
      for (const [type, body] of [
        ['merge', { metadata: { managedFields: [{}] } }],
        ['merge', { metadata: { managedFields: [] } }],
        ['json', [{ op: 'replace', path: '/metadata/managedFields', value: [{}] }]],
        ['application/strategic-merge-patch+json', { metadata: { managedFields: [{}] } }],
      ] as const) {
        await apply(cluster, path, 'one', map({ a: '1' }));
        expect(ownersOf(await cluster.admin.put(path, map({ a: '1' })))).toContain('one Apply');
        expect(managersOf(await cluster.admin.patch(path, type, body))).toEqual([]);
      }
    },
  );

  hub.test('may say itself who owns what', async (cluster) => {
    const path = await mapPath(cluster);
    const { metadata } = expectJson(await apply(cluster, path, 'one', map({ a: '1' })), 201);
    const [entry] = metadata.managedFields;
    const managedFields = [{ ...entry, manager: 'other' }];
    const answer = await cluster.admin.patch(path, 'merge', { metadata: { managedFields } });
    expect(ownersOf(answer)).toEqual(['other Apply']);
    const again = { ...map({ a: '1' }, { managedFields, name: 'b' }) };
    const created = await cluster.admin.post(`${path.replace(/\/a$/, '')}?fieldManager=n`, again);
    // It is the first to write all that it brings.
    expect(ownersOf(created, 201)).toEqual(['n Update']);
  });
});

describe('apply to a subresource', () => {
  hub.test('status owns and changes status alone', async (cluster) => {
    const path = await deploymentPath(cluster);
    expectFailure(
      await apply(cluster, `${path}/status`, 'c', { ...deployment(), status: { observedGeneration: 1 } }),
      404,
      'NotFound',
    );
    await apply(cluster, path, 'one', { ...deployment({ replicas: 2 }), status: { replicas: 7 } });
    const status = { observedGeneration: 1, conditions: [{ type: 'Available', status: 'True' }] };
    const answer = await apply(cluster, `${path}/status`, 'c', { ...deployment({ replicas: 5 }), status });
    expect(expectJson(answer)).toMatchObject({ spec: { replicas: 2 }, status });
    expect(answer.json.status.replicas).toBeUndefined();
    expect(managersOf(answer)[0]).toEqual({
      manager: 'c',
      operation: 'Apply',
      apiVersion: 'apps/v1',
      fieldsV1: {
        'f:status': {
          'f:conditions': { 'k:{"type":"Available"}': { '.': {}, 'f:status': {}, 'f:type': {} } },
          'f:observedGeneration': {},
        },
      },
      subresource: 'status',
    });
    expect(managersOf(answer)[1].fieldsV1).not.toHaveProperty('f:status');
  });

  hub.test('scale owns the number', async (cluster) => {
    const path = await deploymentPath(cluster);
    await apply(cluster, path, 'one', deployment({ replicas: 2 }));
    const scale = (replicas: number) => ({
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'a' },
      spec: { replicas },
    });
    const conflict = await apply(cluster, `${path}/scale`, 's', scale(3));
    expect(expectFailure(conflict, 409, 'Conflict').message).toContain('conflict with "one": .spec.replicas');
    const answer = await apply(cluster, `${path}/scale`, 's', scale(3), '&force=true');
    expect(expectJson(answer)).toMatchObject({ kind: 'Scale', spec: { replicas: 3 } });
    const scaled = await cluster.admin.get(path);
    expect(scaled.json.spec.replicas).toBe(3);
    expect(managersOf(scaled)).toContainEqual({
      manager: 's',
      operation: 'Apply',
      apiVersion: 'apps/v1',
      fieldsV1: { 'f:spec': { 'f:replicas': {} } },
      subresource: 'scale',
    });
  });
});
