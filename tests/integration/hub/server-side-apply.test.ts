import { describe, expect } from 'bun:test';
import { createCertificateRequest, generateKeyPair } from '@hawser/pki';
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

  hub.test('is owned as upstream says it of a Deployment, defaults included', async (cluster) => {
    const path = await deploymentPath(cluster);
    expectJson(await cluster.admin.post(path.replace(/\/a$/, ''), deployment()), 201);
    const answer = await apply(cluster, path, 'one', { ...deployment(), spec: {} });
    const [before] = managersOf(answer).filter(({ operation }) => operation === 'Update');
    const f = (...names: string[]) => Object.fromEntries(names.map((name) => [`f:${name}`, {}]));
    expect(before.fieldsV1).toEqual({
      'f:spec': {
        ...f('progressDeadlineSeconds', 'replicas', 'revisionHistoryLimit', 'selector'),
        'f:strategy': { 'f:rollingUpdate': { '.': {}, ...f('maxSurge', 'maxUnavailable') }, 'f:type': {} },
        'f:template': {
          'f:metadata': { 'f:labels': { '.': {}, 'f:app': {} } },
          'f:spec': {
            'f:containers': {
              'k:{"name":"c"}': {
                '.': {},
                ...f('image', 'imagePullPolicy', 'name', 'resources'),
                ...f('terminationMessagePath', 'terminationMessagePolicy'),
              },
            },
            ...f('dnsPolicy', 'restartPolicy', 'schedulerName', 'securityContext'),
            ...f('terminationGracePeriodSeconds'),
          },
        },
      },
    });
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

  hub.test('status, as the first that is applied, leaves the rest to who wrote it', async (cluster) => {
    const path = await deploymentPath(cluster);
    expectJson(await cluster.admin.post(path.replace(/\/a$/, ''), deployment({ replicas: 2 })), 201);
    expectJson(await cluster.admin.patch(`${path}/status`, 'merge', { status: { replicas: 2 } }));
    const status = { replicas: 3 };
    const conflict = await apply(cluster, `${path}/status`, 'c', { ...deployment(), status });
    expect(expectFailure(conflict, 409, 'Conflict').message).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" with subresource "status" using apps/v1: .status.replicas',
    );
    expectJson(await apply(cluster, `${path}/status`, 'c', { ...deployment(), status }, '&force=true'));
    const late = await apply(cluster, path, 'one', deployment({ replicas: 5 }));
    expect(expectFailure(late, 409, 'Conflict').message).toBe(
      'Apply failed with 1 conflict: conflict with "before-first-apply" using apps/v1: .spec.replicas',
    );
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

describe('apply asks leave', () => {
  hub.test('to patch, and to create what does not exist', async (cluster) => {
    const path = await mapPath(cluster);
    const namespace = path.split('/')[4]!;
    const rbac = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}`;
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['patch'] }];
    expectJson(await cluster.admin.post(`${rbac}/roles`, { metadata: { name: 'patcher' }, rules }), 201);
    const binding = {
      metadata: { name: 'patcher' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'patcher' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane' }],
    };
    expectJson(await cluster.admin.post(`${rbac}/rolebindings`, binding), 201);
    const asJane = () =>
      cluster.admin.request('PATCH', `${path}?fieldManager=jane`, {
        headers: { 'content-type': APPLY, 'impersonate-user': 'jane' },
        body: map({ a: '1' }),
      });
    expect(expectFailure(await asJane(), 403, 'Forbidden').message).toContain(
      'User "jane" cannot create resource "configmaps"',
    );
    await apply(cluster, path, 'one', map({ b: '1' }));
    expect(expectJson(await asJane()).data).toEqual({ a: '1', b: '1' });
  });
});

hub.test('many who apply at once all get what they applied', async (cluster) => {
  const path = await mapPath(cluster);
  const names = Array.from({ length: 12 }, (_, i) => `m${i}`);
  const answers = await Promise.all(names.map((name) => apply(cluster, path, name, map({ [name]: name }))));
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(11).fill(200), 201]);
  const { data, metadata } = expectJson(await cluster.admin.get(path));
  expect(Object.keys(data).sort()).toEqual(names.sort());
  expect(metadata.managedFields).toHaveLength(12);
});

hub.test('an approval can be applied', async (cluster) => {
  const collection = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
  const request = createCertificateRequest({ keyPair: generateKeyPair(), subject: { commonName: 'ssa' } });
  const spec = {
    request: Buffer.from(request).toString('base64'),
    signerName: 'example.com/none',
    usages: ['digital signature', 'client auth'],
  };
  expectJson(await cluster.admin.post(collection, { metadata: { name: 'ssa' }, spec }), 201);
  const condition = { type: 'Approved', status: 'True', reason: 'Test', message: 'm' };
  const config = {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'ssa' },
    status: { conditions: [condition] },
  };
  const answer = await apply(cluster, `${collection}/ssa/approval`, 'approver', config);
  expect(expectJson(answer).status.conditions).toMatchObject([condition]);
  const managers = managersOf(answer);
  expect(managers.map(({ manager, subresource }) => ({ manager, subresource }))).toEqual([
    { manager: 'approver', subresource: 'approval' },
    { manager: 'before-first-apply', subresource: undefined },
  ]);
  expect(managers[1].fieldsV1).toHaveProperty('f:spec');
});

hub.test('an apply of more fields than anyone could keep track of is refused', async (cluster) => {
  const path = await mapPath(cluster);
  const data = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`k${i}`, '']));
  expectFailure(await apply(cluster, path, 'one', map(data)), 413, 'RequestEntityTooLarge');
});

hub.test('PATCH says in the OpenAPI document that it can apply', async (cluster) => {
  const { paths } = expectJson(await cluster.admin.get('/openapi/v3/api/v1'));
  const { patch } = paths['/api/v1/namespaces/{namespace}/configmaps/{name}'];
  expect(Object.keys(patch.requestBody.content)).toContain(APPLY);
  expect(patch.parameters.map(({ name }: Json) => name)).toContain('force');
});
