import { describe, expect } from 'bun:test';
import { parse, stringify } from 'yaml';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { configMap, shellPod } from '../../cluster/objects.ts';

const hub = shareCluster();
const mapsIn = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
const PARTIAL = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' };
const PARTIAL_LIST = { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' };

describe('Tables', () => {
  hub.test("of a list have upstream's columns and the metadata of each object", async (cluster) => {
    const namespace = await cluster.namespace();
    expectJson(await cluster.admin.post(mapsIn(namespace), configMap('a', { x: '1', y: '2' })), 201);
    const answer = await cluster.admin.get(mapsIn(namespace), TABLE);
    const table = expectJson(answer);
    expect(table).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    expect(table.columnDefinitions.map(({ name }: { name: string }) => name)).toEqual([
      'Name',
      'Data',
      'Age',
    ]);
    expect(table.rows).toHaveLength(1);
    const { cells, object } = table.rows[0];
    expect(cells.slice(0, 2)).toEqual(['a', 2]);
    expect(cells[2]).toMatch(/^\d+s$/);
    expect(object).toMatchObject({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name: 'a' },
    });
    expect(object.data).toBeUndefined();
  });

  hub.test('of one object have one row, with includeObject=Object all of it', async (cluster) => {
    const namespace = await cluster.namespace();
    expectJson(await cluster.admin.post(mapsIn(namespace), configMap('a', { x: '1' })), 201);
    const table = expectJson(await cluster.admin.get(`${mapsIn(namespace)}/a?includeObject=Object`, TABLE));
    expect(table.rows[0].object).toMatchObject({ kind: 'ConfigMap', data: { x: '1' } });
    const none = expectJson(await cluster.admin.get(`${mapsIn(namespace)}/a?includeObject=None`, TABLE));
    expect(none.rows[0].object).toBeNull();
  });

  hub.test('of a watch define their columns once', async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    using watch = await cluster.admin.watch(path, TABLE);
    for (const name of ['a', 'b']) expectJson(await cluster.admin.post(path, configMap(name)), 201);
    const [first, second] = [await watch.next(), await watch.next()];
    expect(first.object.kind).toBe('Table');
    expect(first.object.columnDefinitions).toHaveLength(3);
    expect(second.object.columnDefinitions ?? []).toHaveLength(0);
    expect(second.object.rows[0].cells[0]).toBe('b');
    expect(Number(second.object.rows[0].object.metadata.resourceVersion)).toBeGreaterThan(0);
  });

  const columns: Record<string, string[]> = {
    '/api/v1/pods': [
      'Name',
      'Ready',
      'Status',
      'Restarts',
      'Age',
      'IP',
      'Node',
      'Nominated Node',
      'Readiness Gates',
    ],
    '/api/v1/namespaces': ['Name', 'Status', 'Age'],
    '/api/v1/nodes': [
      'Name',
      'Status',
      'Roles',
      'Age',
      'Version',
      'Internal-IP',
      'External-IP',
      'OS-Image',
      'Kernel-Version',
      'Container-Runtime',
    ],
    '/api/v1/secrets': ['Name', 'Type', 'Data', 'Age'],
    '/api/v1/serviceaccounts': ['Name', 'Age'],
    '/apis/certificates.k8s.io/v1/certificatesigningrequests': [
      'Name',
      'Age',
      'SignerName',
      'Requestor',
      'RequestedDuration',
      'Condition',
    ],
    '/apis/coordination.k8s.io/v1/leases': ['Name', 'Holder', 'Age'],
    '/apis/rbac.authorization.k8s.io/v1/roles': ['Name', 'Created At'],
    '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings': [
      'Name',
      'Role',
      'Age',
      'Users',
      'Groups',
      'ServiceAccounts',
    ],
  };
  for (const [path, wanted] of Object.entries(columns)) {
    hub.test(`of ${path.split('/').at(-1)} have the columns ${wanted.join(', ')}`, async (cluster) => {
      const table = expectJson(await cluster.admin.get(path, TABLE));
      expect(table.columnDefinitions.map(({ name }: { name: string }) => name)).toEqual(wanted);
    });
  }

  hub.test('of version v1beta1 say so, and so do their rows', async (cluster) => {
    const accept = 'application/json;as=Table;v=v1beta1;g=meta.k8s.io';
    const table = expectJson(await cluster.admin.get('/api/v1/namespaces', { accept }));
    expect(table).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1beta1' });
    expect(table.rows[0].object.apiVersion).toBe('meta.k8s.io/v1beta1');
  });

  hub.test('of a version that is not known fall back to what else is accepted', async (cluster) => {
    const accept = 'application/json;as=Table;v=v2;g=meta.k8s.io,application/json';
    expect(expectJson(await cluster.admin.get('/api/v1/configmaps', { accept })).kind).toBe('ConfigMapList');
  });
});

describe('PartialObjectMetadata', () => {
  hub.test('is given for objects, lists and watches', async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    expectJson(await cluster.admin.post(path, configMap('a', { secret: 'x' }, { labels: { a: 'b' } })), 201);
    const one = expectJson(await cluster.admin.get(`${path}/a`, PARTIAL));
    expect(one).toMatchObject({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name: 'a', labels: { a: 'b' } },
    });
    expect(one.data).toBeUndefined();
    const list = expectJson(await cluster.admin.get(path, PARTIAL_LIST));
    expect(list).toMatchObject({ kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1' });
    expect(list.items[0].data).toBeUndefined();
    using watch = await cluster.admin.watch(path, PARTIAL);
    const { type, object } = await watch.next();
    expect(type).toBe('ADDED');
    expect(object).toEqual(one);
  });
});

describe('a view that does not fit', () => {
  const one = 'as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
  const many = 'as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
  const cases = [
    { path: '/api/v1/pods', view: one, type: '*core.PodList', is: 'a list' },
    {
      path: '/apis/rbac.authorization.k8s.io/v1/clusterroles/admin',
      view: many,
      type: '*rbac.ClusterRole',
      is: 'not a list',
    },
  ];
  for (const { path, view, type, is } of cases)
    hub.test(`is refused: ${type} is ${is}`, async (cluster) => {
      const answer = await cluster.admin.get(path, { accept: `application/json;${view}` });
      const { message } = expectFailure(answer, 406, 'NotAcceptable');
      expect(message).toBe(
        `you requested ${/as=(\w+)/.exec(view)![1]}, but the requested object is ${is} (${type})`,
      );
    });
});

describe('YAML', () => {
  hub.test('is read and written where the client says so', async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    const headers = { 'content-type': 'application/yaml', accept: 'application/yaml' };
    const answer = await cluster.admin.post(
      path,
      stringify(configMap('a', { text: 'two\nlines', yes: 'true' })),
      headers,
    );
    expect(answer.status).toBe(201);
    expect(answer.headers['content-type']).toBe('application/yaml');
    expect(parse(answer.text)).toMatchObject({
      kind: 'ConfigMap',
      data: { text: 'two\nlines', yes: 'true' },
    });
    expect(expectJson(await cluster.admin.get(`${path}/a`)).data.text).toBe('two\nlines');
    const watch = await cluster.admin.get(`${path}?watch=true`, { accept: 'application/yaml' });
    expect([watch.status, parse(watch.text).reason]).toEqual([406, 'NotAcceptable']);
    const list = await cluster.admin.get(path, { accept: 'application/yaml' });
    expect(list.text).toStartWith('apiVersion: v1\nitems:\n- apiVersion: v1\n');
    expect(parse(list.text)).toMatchObject({ kind: 'ConfigMapList', items: [{ metadata: { name: 'a' } }] });
  });

  hub.test('that is none, or too clever, is a 400', async (cluster) => {
    const headers = { 'content-type': 'application/yaml' };
    const layers = Array.from(
      { length: 9 },
      (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join(', ')}]`,
    );
    const bomb = ['l0: &l0 [x, x]', ...layers].join('\n');
    for (const body of ['a: b: c', '- a list', bomb, 'kind: [', ''])
      expectFailure(
        await cluster.admin.post('/api/v1/namespaces/default/configmaps', body, headers),
        400,
        'BadRequest',
      );
  });
});

describe('what a client may not have', () => {
  hub.test('an answer in a form that is not offered is a 406', async (cluster) => {
    for (const accept of ['text/html', 'application/json;q=0', 'application/xml'])
      expectFailure(await cluster.admin.get('/api/v1/configmaps', { accept }), 406, 'NotAcceptable');
  });
});

describe('kubectl', () => {
  hub.test('1.36 creates with protobuf bodies what 1.30 reads', async (cluster) => {
    const namespace = await cluster.namespace();
    const create = await cluster.kubectl(
      '1.36',
      '-n',
      namespace,
      '-v=8',
      'create',
      'configmap',
      'a',
      '--from-literal=x=1',
    );
    expect(create).toMatchObject({ exitCode: 0, stdout: 'configmap/a created\n' });
    expect(create.stderr).toContain('application/vnd.kubernetes.protobuf');
    const read = await cluster.kubectl(
      '1.30',
      '-n',
      namespace,
      'get',
      'configmap',
      'a',
      '-o',
      'jsonpath={.data.x}',
    );
    expect(read.stdout).toBe('1');
    const secret = await cluster.kubectl(
      '1.36',
      '-n',
      namespace,
      'create',
      'secret',
      'generic',
      's',
      '--from-literal=p=w',
    );
    expect(secret).toMatchObject({ exitCode: 0, stdout: 'secret/s created\n' });
    expect(expectJson(await cluster.admin.get(`/api/v1/namespaces/${namespace}/secrets/s`)).data).toEqual({
      p: 'dw==',
    });
  });

  hub.test('a protobuf body that is broken is a 400', async (cluster) => {
    const headers = { 'content-type': 'application/vnd.kubernetes.protobuf' };
    const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
    const bodies = [
      Buffer.from('nonsense'),
      Buffer.concat([magic, Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f])]),
    ];
    for (const body of bodies)
      expectFailure(
        await cluster.admin.post('/api/v1/namespaces/default/configmaps', body, headers),
        400,
        'BadRequest',
      );
  });

  for (const version of ['1.36', '1.30'] as const) {
    hub.test(`${version} explains kinds and fields`, async (cluster) => {
      const pod = await cluster.kubectl(version, 'explain', 'pod.spec.containers.livenessProbe');
      expect(pod.exitCode).toBe(0);
      expect(pod.stdout).toContain('KIND:       Pod');
      expect(pod.stdout).toContain('initialDelaySeconds');
      const unknown = await cluster.kubectl(version, 'explain', 'pod.spec.nonsense');
      expect(unknown.exitCode).toBe(1);
    });

    hub.test(`${version} applies what is new, shows it, labels it and deletes it`, async (cluster) => {
      const namespace = await cluster.namespace();
      const pod = stringify(shellPod('a', 'true'));
      const apply = await cluster.kubectlWithInput(version, pod, '-n', namespace, 'apply', '-f', '-');
      expect(apply).toMatchObject({ exitCode: 0, stdout: 'pod/a created\n', stderr: '' });
      const get = await cluster.kubectl(version, '-n', namespace, 'get', 'pods');
      expect(get.stdout).toMatch(/^NAME +READY +STATUS +RESTARTS +AGE\na +0\/1 +Pending +0 +\d+s\n$/);
      const label = await cluster.kubectl(version, '-n', namespace, 'label', 'pod', 'a', 'app=web');
      expect(label).toMatchObject({ exitCode: 0, stdout: 'pod/a labeled\n' });
      const again = await cluster.kubectl(
        version,
        '-n',
        namespace,
        'get',
        'pods',
        '-l',
        'app=web',
        '-o',
        'name',
      );
      expect(again.stdout).toBe('pod/a\n');
      const remove = await cluster.kubectl(version, '-n', namespace, 'delete', 'pod', 'a');
      expect(remove.exitCode).toBe(0);
    });

    hub.test(`${version} refuses a misspelt field before it reaches the store`, async (cluster) => {
      const namespace = await cluster.namespace();
      const body = stringify({ ...configMap('a'), dota: { x: '1' } });
      const create = await cluster.kubectlWithInput(version, body, '-n', namespace, 'create', '-f', '-');
      expect(create.exitCode).toBe(1);
      expect(create.stderr).toContain('unknown field "dota"');
    });

    hub.test(`${version} says of a kind that is not served what it says to upstream`, async (cluster) => {
      const body = 'apiVersion: v1\nkind: Gadget\nmetadata: { name: a }\n';
      const create = await cluster.kubectlWithInput(version, body, 'create', '-f', '-');
      expect(create.exitCode).toBe(1);
      expect(create.stderr).toContain('no matches for kind "Gadget" in version "v1"');
    });

    hub.test(`${version} lists the kinds and the version of the hub`, async (cluster) => {
      const kinds = await cluster.kubectl(version, 'api-resources', '-o', 'name');
      expect(kinds.exitCode).toBe(0);
      for (const kind of [
        'pods',
        'certificatesigningrequests.certificates.k8s.io',
        'leases.coordination.k8s.io',
        'clusterroles.rbac.authorization.k8s.io',
      ])
        expect(kinds.stdout.split('\n')).toContain(kind);
      expect((await cluster.kubectl(version, 'version')).stdout).toContain('Server Version: v1.36');
    });
  }
});
