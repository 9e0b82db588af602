import { describe, expect } from 'bun:test';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson, namesOf } from '../../cluster/expectations.ts';
import { authorityOf, issue } from '../../cluster/identities.ts';
import { configMap } from '../../cluster/objects.ts';
import type { Json, WireClient } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${apiGroup}/v1`;

let users = 0;
/** Somebody who is given these rules in a namespace, or everywhere. */
async function holder(cluster: Cluster, namespace: string, ...rules: Json[]): Promise<WireClient> {
  users += 1;
  const name = `holder-${users}`;
  expectJson(await cluster.admin.post(`${RBAC}/clusterroles`, { metadata: { name }, rules }), 201);
  const subjects = [{ kind: 'User', apiGroup, name }];
  const binding = { metadata: { name }, roleRef: { apiGroup, kind: 'ClusterRole', name }, subjects };
  const path =
    namespace === '' ? `${RBAC}/clusterrolebindings` : `${RBAC}/namespaces/${namespace}/rolebindings`;
  expectJson(await cluster.admin.post(path, binding), 201);
  return cluster.wire(issue(authorityOf(cluster.layout.pki.ca), { commonName: name }));
}

describe('names of resources', () => {
  hub.test('narrow what is done to one object, and lists and watches of it alone', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    for (const name of ['a', 'b']) expectJson(await cluster.admin.post(path, configMap(name)), 201);
    const verbs = ['get', 'list', 'watch', 'update', 'patch', 'delete', 'create', 'deletecollection'];
    const rule = { apiGroups: [''], resources: ['configmaps'], verbs, resourceNames: ['a'] };
    const client = await holder(cluster, namespace, rule);
    expect(namesOf(expectJson(await client.get(`${path}?fieldSelector=metadata.name%3Da`)))).toEqual(['a']);
    using watch = await client.watch(`${path}?fieldSelector=metadata.name%3Da`);
    expect((await watch.next())?.object.metadata.name).toBe('a');
    expectJson(await client.put(`${path}/a`, configMap('a', { x: 'y' })));
    const refused = [
      await client.get(path),
      await client.get(`${path}?fieldSelector=metadata.name%3Db`),
      await client.get(`${path}?fieldSelector=metadata.name!%3Db`),
      await client.get(`${path}/b`),
      await client.put(`${path}/b`, configMap('b')),
      // What is made has no name yet that could be looked at, nor has all there is.
      await client.post(path, configMap('a')),
      await client.delete(path),
      await client.delete(`${path}/b`),
    ];
    for (const answer of refused) expectFailure(answer, 403, 'Forbidden');
    expectJson(await client.delete(`${path}/a`));
    // What is made by an apply has its name in the path.
    const apply = (name: string) =>
      client.patch(`${path}/${name}?fieldManager=x`, 'application/apply-patch+yaml', configMap(name));
    expectJson(await apply('a'), 201);
    expectFailure(await apply('c'), 403, 'Forbidden');
  });
});

describe('paths outside the API', () => {
  hub.test('are given one by one, or all that begin alike', async (cluster) => {
    const client = await holder(
      cluster,
      '',
      { nonResourceURLs: ['/healthz/*'], verbs: ['get'] },
      { nonResourceURLs: ['/metrics'], verbs: ['post'] },
    );
    expect((await client.get('/healthz/ping')).status).toBe(200);
    for (const path of ['/metrics', '/debug/pprof/']) expectFailure(await client.get(path), 403, 'Forbidden');
    const all = await holder(cluster, '', { nonResourceURLs: ['*'], verbs: ['*'] });
    expect((await all.get('/metrics')).status).toBe(200);
    expectFailure(await all.get('/api/v1/nodes'), 403, 'Forbidden');
  });

  hub.test('are not for a RoleBinding to give', async (cluster) => {
    const namespace = await cluster.namespace();
    const client = await holder(cluster, namespace, { nonResourceURLs: ['/metrics'], verbs: ['get'] });
    expectFailure(await client.get('/metrics'), 403, 'Forbidden');
  });
});

describe('groups of service accounts', () => {
  hub.test('are those of all and those of a namespace', async (cluster) => {
    const [here, there] = [await cluster.namespace(), await cluster.namespace()];
    const roleRef = { apiGroup, kind: 'ClusterRole', name: 'view' };
    const bind = async (namespace: string, group: string) => {
      const subjects = [{ kind: 'Group', apiGroup, name: group }];
      const path = `${RBAC}/namespaces/${namespace}/rolebindings`;
      expectJson(await cluster.admin.post(path, { metadata: { name: group }, roleRef, subjects }), 201);
    };
    await bind(here, `system:serviceaccounts:${here}`);
    await bind(there, 'system:serviceaccounts');
    const token = async (namespace: string) => {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default/token`;
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
      return cluster.wire({ token: expectJson(await cluster.admin.post(path, body), 201).status.token });
    };
    const pods = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
    const [ours, theirs] = [await token(here), await token(there)];
    expectJson(await ours.get(pods(here)));
    expectJson(await ours.get(pods(there)));
    expectJson(await theirs.get(pods(there)));
    expectFailure(await theirs.get(pods(here)), 403, 'Forbidden');
  });
});

describe('what roles and bindings may say', () => {
  const cases: { name: string; path: string; object: Json; message: string }[] = [
    {
      name: 'a ClusterRoleBinding to a Role',
      path: 'clusterrolebindings',
      object: { metadata: { name: 'x' }, roleRef: { apiGroup, kind: 'Role', name: 'r' } },
      message: 'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
    },
    {
      name: 'a binding to a role of another group',
      path: 'namespaces/default/rolebindings',
      object: { metadata: { name: 'x' }, roleRef: { apiGroup: 'x', kind: 'Role', name: 'r' } },
      message: `roleRef.apiGroup: Unsupported value: "x": supported values: "${apiGroup}"`,
    },
    {
      name: 'a binding to no name',
      path: 'namespaces/default/rolebindings',
      object: { metadata: { name: 'x' }, roleRef: { apiGroup, kind: 'Role', name: '' } },
      message: 'roleRef.name: Required value',
    },
    {
      name: 'a binding to a name that is a path',
      path: 'namespaces/default/rolebindings',
      object: { metadata: { name: 'x' }, roleRef: { apiGroup, kind: 'Role', name: 'a/b' } },
      message: 'roleRef.name: Invalid value: "a/b": may not contain \'/\'',
    },
    {
      name: 'a service account of no namespace, for the cluster',
      path: 'clusterrolebindings',
      object: {
        metadata: { name: 'x' },
        roleRef: { apiGroup, kind: 'ClusterRole', name: 'view' },
        subjects: [{ kind: 'ServiceAccount', name: 'a' }],
      },
      message: 'subjects[0].namespace: Required value',
    },
    {
      name: 'a service account with a group, and one whose name cannot be',
      path: 'namespaces/default/rolebindings',
      object: {
        metadata: { name: 'x' },
        roleRef: { apiGroup, kind: 'ClusterRole', name: 'view' },
        subjects: [
          { kind: 'ServiceAccount', apiGroup, name: 'a' },
          { kind: 'ServiceAccount', name: 'A_' },
        ],
      },
      message: `[subjects[0].apiGroup: Unsupported value: "${apiGroup}": supported values: "", subjects[1].name: Invalid value: "A_": a lowercase RFC 1123 subdomain`,
    },
    {
      name: 'somebody without a name',
      path: 'namespaces/default/rolebindings',
      object: {
        metadata: { name: 'x' },
        roleRef: { apiGroup, kind: 'ClusterRole', name: 'view' },
        subjects: [{ kind: 'User', apiGroup, name: '' }],
      },
      message: 'subjects[0].name: Required value',
    },
    {
      name: 'somebody of another kind',
      path: 'namespaces/default/rolebindings',
      object: {
        metadata: { name: 'x' },
        roleRef: { apiGroup, kind: 'ClusterRole', name: 'view' },
        subjects: [{ kind: 'Robot', name: 'r' }],
      },
      message:
        'subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"',
    },
    {
      name: 'a rule without verbs, groups or resources',
      path: 'namespaces/default/roles',
      object: { metadata: { name: 'x' }, rules: [{ apiGroups: [], resources: [], verbs: [] }] },
      message:
        '[rules[0].verbs: Required value: verbs must contain at least one value, rules[0].apiGroups: Required value: resource rules must supply at least one api group, rules[0].resources: Required value: resource rules must supply at least one resource]',
    },
    {
      name: 'a path in a namespace',
      path: 'namespaces/default/roles',
      object: { metadata: { name: 'x' }, rules: [{ nonResourceURLs: ['/metrics'], verbs: ['get'] }] },
      message: 'namespaced rules cannot apply to non-resource URLs',
    },
    {
      name: 'a path and resources in one rule',
      path: 'clusterroles',
      object: {
        metadata: { name: 'x' },
        rules: [{ nonResourceURLs: ['/x'], apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
      },
      message: 'rules cannot apply to both regular resources and non-resource URLs',
    },
    {
      name: 'an aggregation of nothing',
      path: 'clusterroles',
      object: { metadata: { name: 'x' }, aggregationRule: { clusterRoleSelectors: [] } },
      message:
        'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    },
  ];
  for (const { name, path, object, message } of cases)
    hub.test(`${name} is refused`, async ({ admin }) => {
      const status = expectFailure(await admin.post(`${RBAC}/${path}`, object), 422, 'Invalid');
      expect(status.message).toContain(message);
    });

  hub.test('the role of a binding never changes; what is left out is filled in', async (cluster) => {
    const path = `${RBAC}/namespaces/${await cluster.namespace()}/rolebindings`;
    const binding = {
      metadata: { name: 'b' },
      roleRef: { kind: 'ClusterRole', name: 'view' },
      subjects: [
        { kind: 'User', name: 'u' },
        { kind: 'ServiceAccount', name: 's' },
      ],
    };
    const made = expectJson(await cluster.admin.post(path, binding), 201);
    expect(made.roleRef.apiGroup).toBe(apiGroup);
    expect(made.subjects[0]).toEqual({ kind: 'User', apiGroup, name: 'u' });
    expect(made.subjects[1]).toMatchObject({ kind: 'ServiceAccount', name: 's' });
    const other = { roleRef: { apiGroup, kind: 'ClusterRole', name: 'edit' } };
    const status = expectFailure(await cluster.admin.patch(`${path}/b`, 'merge', other), 422, 'Invalid');
    expect(status.message).toContain('cannot change roleRef');
  });
});

describe('the default roles and bindings', () => {
  hub.test(
    'have what they lack after a start, keep what they have beyond, and are made anew',
    async (cluster) => {
      const { admin } = cluster;
      const role = `${RBAC}/clusterroles/system:kube-dns`;
      const binding = `${RBAC}/clusterrolebindings/system:monitoring`;
      const extra = { apiGroups: ['example.com'], resources: ['things'], verbs: ['get'] };
      expectJson(await admin.patch(role, 'merge', { rules: [extra], metadata: { labels: null } }));
      const friend = { kind: 'User', apiGroup, name: 'friend' };
      expectJson(await admin.patch(binding, 'merge', { subjects: [friend] }));
      expectJson(await admin.delete(`${RBAC}/clusterrolebindings/system:public-info-viewer`));
      expectJson(await admin.delete(`${RBAC}/namespaces/kube-system/roles/system:controller:token-cleaner`));
      await cluster.restart('apiserver');
      await cluster.hubReady();
      const restored = expectJson(await admin.get(role));
      expect(restored.rules).toEqual([
        extra,
        { apiGroups: [''], resources: ['endpoints', 'services'], verbs: ['list', 'watch'] },
      ]);
      expect(restored.metadata.labels).toEqual({ 'kubernetes.io/bootstrapping': 'rbac-defaults' });
      const { subjects } = expectJson(await admin.get(binding));
      expect(subjects.map(({ name }: Json) => name)).toEqual(['friend', 'system:monitoring']);
      expectJson(await admin.get(`${RBAC}/clusterrolebindings/system:public-info-viewer`));
      expectJson(await admin.get(`${RBAC}/namespaces/kube-system/roles/system:controller:token-cleaner`));
      expect((await admin.get('/readyz/poststarthook/rbac/bootstrap-roles')).text).toBe('ok');
      expect((await admin.get('/readyz?verbose')).text).toContain(
        '[+]poststarthook/rbac/bootstrap-roles ok\n',
      );
    },
  );
});

describe.each(['1.36', '1.30'] as const)('kubectl %s auth', (version) => {
  const manifest = (namespace: string, rules: Json[], subjects: string[]) => [
    { apiVersion, kind: 'Role', metadata: { name: 'r', namespace }, rules },
    {
      ...{ apiVersion, kind: 'RoleBinding', metadata: { name: 'b', namespace } },
      ...{ roleRef: { apiGroup, kind: 'Role', name: 'r' } },
      subjects: subjects.map((name) => ({ kind: 'User', apiGroup, name })),
    },
  ];

  hub.test(
    'reconcile adds, removes when it is told to, and makes a binding to another role anew',
    async (cluster) => {
      const namespace = await cluster.namespace();
      const at = `${RBAC}/namespaces/${namespace}`;
      const file = join(cluster.place.home, `${namespace}.json`);
      const pods = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
      const secrets = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };
      const reconcile = async (items: Json[], ...flags: string[]) => {
        writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
        const result = await cluster.kubectl(version, 'auth', 'reconcile', '-f', file, ...flags);
        expect(result.stderr + String(result.exitCode)).toEndWith('0');
        return result.stdout;
      };
      const state = async () => {
        const role = expectJson(await cluster.admin.get(`${at}/roles/r`));
        const binding = expectJson(await cluster.admin.get(`${at}/rolebindings/b`));
        return { rules: role.rules, subjects: binding.subjects.map(({ name }: Json) => name) };
      };
      await reconcile(manifest(namespace, [pods], ['ann']));
      await reconcile(manifest(namespace, [secrets], ['bob']), '--dry-run=client');
      expect(await state()).toEqual({ rules: [pods], subjects: ['ann'] });
      await reconcile(manifest(namespace, [secrets], ['bob']));
      expect(await state()).toEqual({ rules: [pods, secrets], subjects: ['ann', 'bob'] });
      await reconcile(
        manifest(namespace, [secrets], ['bob']),
        '--remove-extra-permissions',
        '--remove-extra-subjects',
      );
      expect(await state()).toEqual({ rules: [secrets], subjects: ['bob'] });
      const [, binding] = manifest(namespace, [], ['bob']);
      await reconcile([{ ...binding!, roleRef: { apiGroup, kind: 'ClusterRole', name: 'view' } }]);
      expect(expectJson(await cluster.admin.get(`${at}/rolebindings/b`)).roleRef.name).toBe('view');
    },
  );

  hub.test('can-i knows subresources, names, paths and whom it is asked as', async (cluster) => {
    const namespace = await cluster.namespace();
    const name = `asker-${namespace}`;
    const rules = [
      { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['mine'] },
    ];
    expectJson(await cluster.admin.post(`${RBAC}/clusterroles`, { metadata: { name }, rules }), 201);
    const subjects = [
      { kind: 'User', apiGroup, name },
      { kind: 'Group', apiGroup, name: `${name}s` },
    ];
    const binding = { metadata: { name }, roleRef: { apiGroup, kind: 'ClusterRole', name }, subjects };
    expectJson(await cluster.admin.post(`${RBAC}/namespaces/${namespace}/rolebindings`, binding), 201);
    const questions: [boolean, string[]][] = [
      [true, ['get', 'pods', '--subresource=log', '--as', name]],
      [false, ['get', 'pods', '--as', name]],
      [true, ['get', 'secrets/mine', '--as', name]],
      [false, ['get', 'secrets/other', '--as', name]],
      [false, ['list', 'secrets', '--as', name]],
      [true, ['get', 'secrets/mine', '--as', 'somebody', '--as-group', `${name}s`]],
      [false, ['get', 'secrets/mine', '--as', 'somebody', '--as-group', 'others']],
      [true, ['get', '/healthz', '--as', name]],
      [false, ['get', '/metrics', '--as', name]],
      [true, ['create', 'selfsubjectaccessreviews', '--as', name, '--as-uid', '42']],
    ];
    for (const [expected, question] of questions) {
      const { stdout } = await cluster.kubectl(version, '-n', namespace, 'auth', 'can-i', ...question);
      expect(`${question.join(' ')}: ${stdout}`).toBe(`${question.join(' ')}: ${expected ? 'yes' : 'no'}\n`);
    }
    const list = await cluster.kubectl(version, '-n', namespace, 'auth', 'can-i', '--list', '--as', name);
    expect(list.stdout).toMatch(/^secrets +\[\] +\[mine\] +\[get\]$/m);
    expect(list.stdout).toMatch(/^pods\/log +\[\] +\[\] +\[get\]$/m);
  });

  hub.test('whoami as somebody with a UID', async (cluster) => {
    const args = ['auth', 'whoami', '--as=jane', '--as-uid=42', '--as-group=dev', '-o', 'json'];
    const { stdout } = await cluster.kubectl(version, ...args);
    expect(JSON.parse(stdout).status.userInfo).toMatchObject({
      username: 'jane',
      uid: '42',
      groups: ['dev', 'system:authenticated'],
    });
  });
});

hub.test('kubectl 1.36 auth whoami as somebody with extras', async (cluster) => {
  const args = ['auth', 'whoami', '--as=jane', '--as-user-extra=acme.io/Scopes=view', '-o', 'json'];
  const { stdout, stderr } = await cluster.kubectl('1.36', ...args);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout).status.userInfo.extra).toEqual({ 'acme.io/scopes': ['view'] });
});
