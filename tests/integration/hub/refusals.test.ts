import { describe, expect } from 'bun:test';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { configMap, shellPod } from '../../cluster/objects.ts';
import type { Json } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const MAPS = '/api/v1/namespaces/default/configmaps';
const PODS = '/api/v1/namespaces/default/pods';

describe('fields that the kind does not have', () => {
  const body = (name: string): Json => ({ ...configMap(name), dota: {}, metadata: { name, lables: {} } });
  const faults = ['unknown field "metadata.lables"', 'unknown field "dota"'];

  hub.test('are a 400 that names them all with fieldValidation=Strict', async (cluster) => {
    const status = expectFailure(
      await cluster.admin.post(`${MAPS}?fieldValidation=Strict`, body('a')),
      400,
      'BadRequest',
    );
    expect(status.message).toContain('strict decoding error: ');
    for (const fault of faults) expect(status.message).toContain(fault);
  });

  hub.test('are warned of with fieldValidation=Warn and by default, and dropped', async (cluster) => {
    for (const [name, query] of [
      ['warned', '?fieldValidation=Warn'],
      ['default', ''],
    ]) {
      const answer = await cluster.admin.post(`${MAPS}${query}`, body(name!));
      const object = expectJson(answer, 201);
      expect(object.dota).toBeUndefined();
      const warnings = answer.warnings.join('\n');
      for (const fault of faults) expect(warnings).toContain(`299 - "${fault.replaceAll('"', '\\"')}"`);
    }
  });

  hub.test('are dropped in silence with fieldValidation=Ignore', async (cluster) => {
    const answer = await cluster.admin.post(`${MAPS}?fieldValidation=Ignore`, body('ignored'));
    expectJson(answer, 201);
    expect(answer.warnings).toEqual([]);
  });

  hub.test('an unknown way to validate is itself refused', async (cluster) => {
    const answer = await cluster.admin.post(`${MAPS}?fieldValidation=Maybe`, configMap('maybe'));
    expect([400, 422]).toContain(answer.status);
    expect(answer.json.message).toContain('Maybe');
  });

  hub.test('a field that stands twice is refused with Strict', async (cluster) => {
    const twice =
      '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"twice"},"data":{},"data":{"x":"1"}}';
    const status = expectFailure(
      await cluster.admin.post(`${MAPS}?fieldValidation=Strict`, twice),
      400,
      'BadRequest',
    );
    expect(status.message).toContain('duplicate field "data"');
  });
});

describe('bodies', () => {
  const malformed: { name: string; body: string }[] = [
    { name: 'cut off', body: '{"apiVersion":"v1","kind":"ConfigMap"' },
    { name: 'no JSON', body: 'hello' },
    { name: 'empty', body: '' },
    { name: 'a list', body: '[]' },
    { name: 'null', body: 'null' },
    { name: 'a number', body: '7' },
    { name: 'of another kind', body: JSON.stringify({ ...configMap('a'), kind: 'Secret' }) },
    { name: 'of another version', body: JSON.stringify({ ...configMap('a'), apiVersion: 'v2' }) },
    { name: 'with a value of the wrong type', body: JSON.stringify({ ...configMap('a'), data: { x: 1 } }) },
    { name: 'with a list where an object must be', body: JSON.stringify({ ...configMap('a'), data: [] }) },
    { name: 'with metadata that is text', body: JSON.stringify({ metadata: 'a' }) },
  ];
  for (const { name, body } of malformed) {
    hub.test(`that are ${name} are a 400`, async (cluster) => {
      expectFailure(await cluster.admin.post(MAPS, body), 400, 'BadRequest');
    });
  }

  hub.test('nested a hundred thousand deep are refused and the hub lives on', async (cluster) => {
    const body = `{"metadata":{"name":"deep"},"data":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expectFailure(await cluster.admin.post(MAPS, body), 400, 'BadRequest');
    expect((await cluster.admin.get('/healthz')).text).toBe('ok');
  });

  hub.test('with __proto__ in them change nothing but themselves', async (cluster) => {
    const body =
      '{"metadata":{"name":"proto","labels":{"__proto__":"x"}},"__proto__":{"polluted":"yes"},"data":{"__proto__":"x"}}';
    const { status } = await cluster.admin.post(MAPS, body);
    expect([201, 422]).toContain(status);
    const other = expectJson(await cluster.admin.post(MAPS, configMap('after-proto')), 201);
    expect(JSON.stringify(other)).not.toContain('polluted');
  });

  hub.test('over 3 MiB are a 413, with and without Content-Length', async (cluster) => {
    const body = JSON.stringify(configMap('large', { large: 'x'.repeat(3 * 1024 * 1024) }));
    expectFailure(await cluster.admin.post(MAPS, body), 413, 'RequestEntityTooLarge');
    expect((await cluster.admin.get('/healthz')).text).toBe('ok');
  });

  hub.test('of a wrong media type are a 415', async (cluster) => {
    const body = JSON.stringify(configMap('a'));
    for (const type of ['text/plain', 'application/xml', 'application/cbor', 'nonsense'])
      expectFailure(
        await cluster.admin.post(MAPS, body, { 'content-type': type }),
        415,
        'UnsupportedMediaType',
      );
    const status = expectFailure(
      await cluster.admin.patch(`${MAPS}/a`, 'application/json', '{}'),
      415,
      'UnsupportedMediaType',
    );
    expect(status.message).toContain('application/merge-patch+json');
  });
});

describe('paths and methods', () => {
  const unknown = [
    '/api/v1/gadgets',
    '/api/v1/namespaces/default/gadgets/a',
    '/api/v2/pods',
    '/apis/apps.example.com/v1/gadgets',
    '/apis/rbac.authorization.k8s.io/v1beta1/roles',
    '/api/v1/namespaces/default/pods/a/gadget',
    '/nowhere',
    '/apis/nowhere.example.com',
  ];
  for (const path of unknown) {
    hub.test(`GET ${path} is a 404`, async (cluster) => {
      expectFailure(await cluster.admin.get(path), 404, 'NotFound');
    });
  }

  hub.test('an object that does not exist is a 404 that names it', async (cluster) => {
    const status = expectFailure(await cluster.admin.get(`${PODS}/nobody`), 404, 'NotFound');
    expect(status.message).toBe('pods "nobody" not found');
    expect(status.details).toEqual({ name: 'nobody', kind: 'pods' });
    const lease = await cluster.admin.get('/apis/coordination.k8s.io/v1/namespaces/default/leases/nobody');
    expect(expectFailure(lease, 404, 'NotFound').message).toBe(
      'leases.coordination.k8s.io "nobody" not found',
    );
  });

  const wrong = [
    { method: 'POST', path: `${PODS}/a` },
    { method: 'PUT', path: PODS },
    { method: 'PATCH', path: PODS },
    { method: 'POST', path: '/api/v1/pods' },
    { method: 'DELETE', path: '/api/v1/namespaces' },
    { method: 'GET', path: '/apis/authorization.k8s.io/v1/subjectaccessreviews' },
    { method: 'DELETE', path: `${PODS}/a/log` },
    { method: 'POST', path: '/version' },
    { method: 'PROPFIND', path: PODS },
  ];
  for (const { method, path } of wrong) {
    hub.test(`${method} ${path} is a 405`, async (cluster) => {
      const answer = await cluster.admin.request(method, path, method === 'GET' ? {} : { body: {} });
      expectFailure(answer, 405, 'MethodNotAllowed');
    });
  }

  hub.test('paths that are no UTF-8, climb or repeat slashes do no harm', async (cluster) => {
    for (const path of [
      '/api/v1/namespaces/%ff/pods',
      '/api/v1/namespaces/default/pods/%2e%2e%2fsecrets',
      '/../../etc/passwd',
      '//api//v1//pods',
    ]) {
      const { status } = await cluster.admin.get(path);
      expect([200, 400, 404]).toContain(status);
    }
  });
});

describe('invalid objects', () => {
  const cases: { name: string; path: string; body: Json; causes: { reason: string; field: string }[] }[] = [
    {
      name: 'a name that is no DNS subdomain',
      path: MAPS,
      body: configMap('Not_A_Name'),
      causes: [{ reason: 'FieldValueInvalid', field: 'metadata.name' }],
    },
    {
      name: 'no name',
      path: MAPS,
      body: { data: {} },
      causes: [{ reason: 'FieldValueRequired', field: 'metadata.name' }],
    },
    {
      name: 'bad labels and annotations',
      path: MAPS,
      body: configMap('a', {}, { labels: { 'a b': 'c', ok: 'not ok' }, annotations: { '/x': 'y' } }),
      causes: [
        { reason: 'FieldValueInvalid', field: 'metadata.labels' },
        { reason: 'FieldValueInvalid', field: 'metadata.labels' },
        { reason: 'FieldValueInvalid', field: 'metadata.annotations' },
      ],
    },
    {
      name: 'a key of data that cannot be a file name',
      path: MAPS,
      body: configMap('a', { 'a/b': 'c' }),
      causes: [{ reason: 'FieldValueInvalid', field: 'data[a/b]' }],
    },
    {
      name: 'a pod without containers',
      path: PODS,
      body: { metadata: { name: 'a' }, spec: {} },
      causes: [{ reason: 'FieldValueRequired', field: 'spec.containers' }],
    },
    {
      name: 'a pod whose containers have one name twice, no image and a mount of no volume',
      path: PODS,
      body: {
        metadata: { name: 'a' },
        spec: {
          containers: [
            { name: 'x', image: 'i' },
            { name: 'x', volumeMounts: [{ name: 'v', mountPath: '/v' }] },
          ],
        },
      },
      causes: [
        { reason: 'FieldValueDuplicate', field: 'spec.containers[1].name' },
        { reason: 'FieldValueRequired', field: 'spec.containers[1].image' },
        { reason: 'FieldValueNotFound', field: 'spec.containers[1].volumeMounts[0].name' },
      ],
    },
    {
      name: 'a restart policy that does not exist',
      path: PODS,
      body: shellPod('a', 'true', { restartPolicy: 'Sometimes' }),
      causes: [{ reason: 'FieldValueNotSupported', field: 'spec.restartPolicy' }],
    },
    {
      name: 'a Secret without the keys of its type',
      path: '/api/v1/namespaces/default/secrets',
      body: { metadata: { name: 'a' }, type: 'kubernetes.io/tls', data: {} },
      causes: [
        { reason: 'FieldValueRequired', field: 'data[tls.crt]' },
        { reason: 'FieldValueRequired', field: 'data[tls.key]' },
      ],
    },
    {
      name: 'a ClusterRoleBinding to a Role',
      path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
      body: {
        metadata: { name: 'a' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'x' },
      },
      causes: [{ reason: 'FieldValueNotSupported', field: 'roleRef.kind' }],
    },
    {
      name: 'a Role with a rule without verbs',
      path: '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles',
      body: { metadata: { name: 'a' }, rules: [{ apiGroups: [''], resources: ['pods'] }] },
      causes: [{ reason: 'FieldValueRequired', field: 'rules[0].verbs' }],
    },
  ];
  for (const { name, path, body, causes } of cases) {
    hub.test(`${name}: a 422 whose causes name the fields`, async (cluster) => {
      const inNamespace = path.replace('/default/', `/${await cluster.namespace()}/`);
      const status = expectFailure(await cluster.admin.post(inNamespace, body), 422, 'Invalid');
      expect(status.message).toContain(' is invalid: ');
      const found = status.details.causes.map(({ reason, field }: Json) => ({ reason, field }));
      for (const cause of causes) expect(found).toContainEqual(cause);
      for (const { message } of status.details.causes) expect(message).toBeString();
    });
  }

  hub.test(
    "a pod's spec cannot be changed after creation, but for images and a few more",
    async (cluster) => {
      const namespace = await cluster.namespace();
      const path = `/api/v1/namespaces/${namespace}/pods`;
      expectJson(await cluster.admin.post(path, shellPod('a', 'true')), 201);
      const change = (spec: Json) => cluster.admin.patch(`${path}/a`, 'merge', { spec });
      const status = expectFailure(await change({ hostNetwork: true }), 422, 'Invalid');
      expect(status.message).toContain('pod updates may not change fields other than');
      expectJson(await change({ activeDeadlineSeconds: 60 }));
    },
  );

  hub.test('the type of a Secret and the role of a binding never change', async (cluster) => {
    const namespace = await cluster.namespace();
    const secrets = `/api/v1/namespaces/${namespace}/secrets`;
    expectJson(await cluster.admin.post(secrets, { metadata: { name: 'a' }, stringData: { x: 'y' } }), 201);
    expectFailure(
      await cluster.admin.patch(`${secrets}/a`, 'merge', { type: 'example.com/other' }),
      422,
      'Invalid',
    );
    const bindings = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };
    expectJson(await cluster.admin.post(bindings, { metadata: { name: 'a' }, roleRef }), 201);
    const other = { roleRef: { ...roleRef, name: 'edit' } };
    expectFailure(await cluster.admin.patch(`${bindings}/a`, 'merge', other), 422, 'Invalid');
  });
});
