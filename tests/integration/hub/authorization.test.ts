import { describe, expect } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson, namesOf } from '../../cluster/expectations.ts';
import { authorityOf, identityOf, issue } from '../../cluster/identities.ts';
import { configMap, shellPod } from '../../cluster/objects.ts';
import type { Json, WireClient } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

/** A client with a certificate of the cluster's CA. */
function user(cluster: Cluster, commonName: string, ...organizations: string[]): WireClient {
  return cluster.wire(issue(authorityOf(cluster.layout.pki.ca), { commonName, organizations }));
}

async function createRole(cluster: Cluster, namespace: string, name: string, rules: Json[]): Promise<void> {
  const body = { metadata: { name }, rules };
  expectJson(await cluster.admin.post(`${RBAC}/namespaces/${namespace}/roles`, body), 201);
}

function bindingTo(
  kind: 'Role' | 'ClusterRole',
  role: string,
  commonName: string,
  name = `${commonName}-${role}`,
): Json {
  const subjects = [{ kind: 'User', apiGroup, name: commonName }];
  return { metadata: { name }, roleRef: { apiGroup, kind, name: role }, subjects };
}

async function bind(cluster: Cluster, namespace: string, binding: Json): Promise<void> {
  expectJson(await cluster.admin.post(`${RBAC}/namespaces/${namespace}/rolebindings`, binding), 201);
}

describe('without a right', () => {
  const cases = [
    {
      request: 'GET /api/v1/namespaces/default/pods',
      message:
        'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
      details: { kind: 'pods' },
    },
    {
      request: 'GET /api/v1/namespaces/default/pods/a/log',
      message:
        'pods "a" is forbidden: User "jane" cannot get resource "pods/log" in API group "" in the namespace "default"',
      details: { kind: 'pods', name: 'a' },
    },
    {
      request: 'DELETE /api/v1/nodes/n',
      message:
        'nodes "n" is forbidden: User "jane" cannot delete resource "nodes" in API group "" at the cluster scope',
      details: { kind: 'nodes', name: 'n' },
    },
    {
      request: 'GET /apis/coordination.k8s.io/v1/leases?watch=true',
      message:
        'leases.coordination.k8s.io is forbidden: User "jane" cannot watch resource "leases" in API group "coordination.k8s.io" at the cluster scope',
      details: { kind: 'leases', group: 'coordination.k8s.io' },
    },
    {
      request: 'GET /metrics',
      message: 'forbidden: User "jane" cannot get path "/metrics"',
      details: {},
    },
  ];
  for (const { request, message, details } of cases) {
    hub.test(`${request} is a 403 in upstream's words`, async (cluster) => {
      const [method, path] = request.split(' ') as [string, string];
      const status = expectFailure(await user(cluster, 'jane').request(method, path), 403, 'Forbidden');
      expect(status.message).toBe(message);
      expect(status.details).toEqual(details);
    });
  }

  hub.test('whether an object exists is not told', async (cluster) => {
    const jane = user(cluster, 'jane');
    for (const path of ['/api/v1/namespaces/kube-system', '/api/v1/namespaces/nowhere'])
      expectFailure(await jane.get(path), 403, 'Forbidden');
  });
});

describe('roles and bindings', () => {
  hub.test('a Role gives rights in its namespace alone, and on the names that it lists', async (cluster) => {
    const [here, there] = [await cluster.namespace(), await cluster.namespace()];
    for (const namespace of [here, there])
      for (const name of ['a', 'b'])
        expectJson(
          await cluster.admin.post(`/api/v1/namespaces/${namespace}/configmaps`, configMap(name)),
          201,
        );
    const rules = [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'], resourceNames: ['a'] },
    ];
    await createRole(cluster, here, 'reader', rules);
    await bind(cluster, here, bindingTo('Role', 'reader', 'role-user'));
    const client = user(cluster, 'role-user');
    expectJson(await client.get(`/api/v1/namespaces/${here}/configmaps/a`));
    expectFailure(await client.get(`/api/v1/namespaces/${here}/configmaps/b`), 403, 'Forbidden');
    expectFailure(await client.get(`/api/v1/namespaces/${there}/configmaps/a`), 403, 'Forbidden');
    expectFailure(await client.delete(`/api/v1/namespaces/${here}/configmaps/a`), 403, 'Forbidden');
    const one = await client.get(`/api/v1/namespaces/${here}/configmaps?fieldSelector=metadata.name%3Da`);
    expect(namesOf(expectJson(one))).toEqual(['a']);
    expectFailure(await client.get(`/api/v1/namespaces/${here}/configmaps`), 403, 'Forbidden');
  });

  hub.test('a RoleBinding to a ClusterRole gives its rights in one namespace', async (cluster) => {
    const namespace = await cluster.namespace();
    await bind(cluster, namespace, bindingTo('ClusterRole', 'view', 'viewer'));
    const client = user(cluster, 'viewer');
    expectJson(await client.get(`/api/v1/namespaces/${namespace}/pods`));
    expectFailure(await client.get(`/api/v1/namespaces/${namespace}/secrets`), 403, 'Forbidden');
    expectFailure(await client.get('/api/v1/pods'), 403, 'Forbidden');
  });

  hub.test('a right that is taken away is gone with the next request', async (cluster) => {
    const namespace = await cluster.namespace();
    await bind(cluster, namespace, bindingTo('ClusterRole', 'view', 'leaver'));
    const client = user(cluster, 'leaver');
    expectJson(await client.get(`/api/v1/namespaces/${namespace}/pods`));
    expectJson(await cluster.admin.delete(`${RBAC}/namespaces/${namespace}/rolebindings/leaver-view`));
    expectFailure(await client.get(`/api/v1/namespaces/${namespace}/pods`), 403, 'Forbidden');
  });

  hub.test('groups of a certificate count', async (cluster) => {
    const namespace = await cluster.namespace();
    const binding = {
      ...bindingTo('ClusterRole', 'view', 'x'),
      subjects: [{ kind: 'Group', apiGroup, name: 'auditors' }],
    };
    await bind(cluster, namespace, binding);
    expectJson(await user(cluster, 'anyone', 'auditors').get(`/api/v1/namespaces/${namespace}/pods`));
    expectFailure(
      await user(cluster, 'anyone').get(`/api/v1/namespaces/${namespace}/pods`),
      403,
      'Forbidden',
    );
  });

  hub.test('system:masters may do everything even without bindings', async (cluster) => {
    const masters = cluster.wire(identityOf(cluster.layout.kubeconfigs.superAdmin));
    expectJson(await masters.get('/api/v1/secrets'));
  });

  hub.test('a ClusterRole that aggregates gives what the selected ones do', async (cluster) => {
    const namespace = await cluster.namespace();
    const label = { 'test.dev/aggregate': namespace };
    const whole = {
      metadata: { name: `whole-${namespace}` },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: label }] },
    };
    expectJson(await cluster.admin.post(`${RBAC}/clusterroles`, whole), 201);
    await bind(cluster, namespace, bindingTo('ClusterRole', `whole-${namespace}`, 'aggregated'));
    const client = user(cluster, 'aggregated');
    expectFailure(await client.get(`/api/v1/namespaces/${namespace}/configmaps`), 403, 'Forbidden');
    const part = {
      metadata: { name: `part-${namespace}`, labels: label },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }],
    };
    expectJson(await cluster.admin.post(`${RBAC}/clusterroles`, part), 201);
    expectJson(await client.get(`/api/v1/namespaces/${namespace}/configmaps`));
  });

  hub.test(
    'default roles that were deleted or cut down are back after a restart, but for those set aside',
    async (cluster) => {
      expectJson(await cluster.admin.delete(`${RBAC}/clusterroles/view`));
      expectJson(await cluster.admin.patch(`${RBAC}/clusterroles/system:discovery`, 'merge', { rules: [] }));
      const aside = {
        metadata: { annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'false' } },
        rules: [],
      };
      expectJson(await cluster.admin.patch(`${RBAC}/clusterroles/system:basic-user`, 'merge', aside));
      await cluster.restart('apiserver');
      await cluster.hubReady();
      expectJson(await cluster.admin.get(`${RBAC}/clusterroles/view`));
      expect(expectJson(await cluster.admin.get(`${RBAC}/clusterroles/system:discovery`)).rules).not.toEqual(
        [],
      );
      expect(
        expectJson(await cluster.admin.get(`${RBAC}/clusterroles/system:basic-user`)).rules ?? [],
      ).toEqual([]);
      const back = { metadata: { annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' } } };
      expectJson(await cluster.admin.patch(`${RBAC}/clusterroles/system:basic-user`, 'merge', back));
      await cluster.restart('apiserver');
      await cluster.hubReady();
    },
  );
});

describe('nobody gives rights that they do not have', () => {
  /** Somebody who administers a namespace, and no more. */
  async function administrator(cluster: Cluster): Promise<{ namespace: string; client: WireClient }> {
    const namespace = await cluster.namespace();
    const name = `admin-of-${namespace}`;
    await bind(cluster, namespace, bindingTo('ClusterRole', 'admin', name));
    return { namespace, client: user(cluster, name) };
  }

  hub.test('a Role with rights that its author has is made, one with others refused', async (cluster) => {
    const { namespace, client } = await administrator(cluster);
    const roles = `${RBAC}/namespaces/${namespace}/roles`;
    const own = {
      metadata: { name: 'own' },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    };
    expectJson(await client.post(roles, own), 201);
    const more = {
      metadata: { name: 'more' },
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    };
    const status = expectFailure(await client.post(roles, more), 403, 'Forbidden');
    expect(status.message).toContain(
      `user "admin-of-${namespace}" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:`,
    );
    expect(status.message).toContain('{APIGroups:["*"], Resources:["*"], Verbs:["*"]}');
    expectFailure(await client.put(`${roles}/own`, { ...own, rules: more.rules }), 403, 'Forbidden');
    expectFailure(await client.patch(`${roles}/own`, 'merge', { rules: more.rules }), 403, 'Forbidden');
    expectJson(await client.patch(`${roles}/own`, 'merge', { metadata: { labels: { a: 'b' } } }));
  });

  hub.test(
    'a binding to a role with rights that its author has is made, one to others refused',
    async (cluster) => {
      const { namespace, client } = await administrator(cluster);
      const bindings = `${RBAC}/namespaces/${namespace}/rolebindings`;
      expectJson(await client.post(bindings, bindingTo('ClusterRole', 'view', 'friend')), 201);
      for (const role of ['cluster-admin', 'system:node'])
        expectFailure(
          await client.post(bindings, bindingTo('ClusterRole', role, 'friend')),
          403,
          'Forbidden',
        );
      expectFailure(
        await client.post(bindings, bindingTo('ClusterRole', 'does-not-exist', 'friend')),
        404,
        'NotFound',
      );
      const subjects = [{ kind: 'User', apiGroup, name: 'another' }];
      expectJson(await client.patch(`${bindings}/friend-view`, 'merge', { subjects }));
    },
  );

  hub.test('unless they may bind or escalate', async (cluster) => {
    const { namespace, client } = await administrator(cluster);
    const rules = [
      {
        apiGroups: [apiGroup],
        resources: ['clusterroles'],
        verbs: ['bind'],
        resourceNames: ['cluster-admin'],
      },
      { apiGroups: [apiGroup], resources: ['roles'], verbs: ['escalate'] },
    ];
    await createRole(cluster, namespace, 'granter', rules);
    await bind(cluster, namespace, bindingTo('Role', 'granter', `admin-of-${namespace}`));
    const bindings = `${RBAC}/namespaces/${namespace}/rolebindings`;
    expectJson(await client.post(bindings, bindingTo('ClusterRole', 'cluster-admin', 'friend')), 201);
    expectFailure(
      await client.post(bindings, bindingTo('ClusterRole', 'system:node', 'friend')),
      403,
      'Forbidden',
    );
    const everything = {
      metadata: { name: 'more' },
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    };
    expectJson(await client.post(`${RBAC}/namespaces/${namespace}/roles`, everything), 201);
  });

  hub.test('a ClusterRole that aggregates is for those who have every right', async (cluster) => {
    const namespace = await cluster.namespace();
    const name = `role-writer-${namespace}`;
    const rules = [
      { apiGroups: [apiGroup], resources: ['clusterroles'], verbs: ['create', 'update', 'patch', 'get'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
    ];
    expectJson(await cluster.admin.post(`${RBAC}/clusterroles`, { metadata: { name }, rules }), 201);
    expectJson(
      await cluster.admin.post(`${RBAC}/clusterrolebindings`, bindingTo('ClusterRole', name, name)),
      201,
    );
    const client = user(cluster, name);
    const plain = { metadata: { name: `plain-${namespace}` }, rules: [rules[1]] };
    expectJson(await client.post(`${RBAC}/clusterroles`, plain), 201);
    const selectors = { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] };
    const aggregating = { metadata: { name: `wide-${namespace}` }, aggregationRule: selectors };
    expectFailure(await client.post(`${RBAC}/clusterroles`, aggregating), 403, 'Forbidden');
    const patch = { aggregationRule: selectors };
    expectFailure(
      await client.patch(`${RBAC}/clusterroles/plain-${namespace}`, 'merge', patch),
      403,
      'Forbidden',
    );
  });
});

describe('impersonation', () => {
  hub.test('by an administrator takes the rights of the other, and no more', async (cluster) => {
    const asJane = { 'impersonate-user': 'jane', 'impersonate-group': ['developers', 'testers'] };
    const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
    const answer = await cluster.admin.post(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      review,
      asJane,
    );
    const { username, groups } = expectJson(answer, 201).status.userInfo;
    expect({ username, groups: groups.sort() }).toEqual({
      username: 'jane',
      groups: ['developers', 'system:authenticated', 'testers'],
    });
    const status = expectFailure(await cluster.admin.get('/api/v1/pods', asJane), 403, 'Forbidden');
    expect(status.message).toContain('User "jane" cannot list resource "pods"');
  });

  hub.test('is refused to those who may not, without a look at the request itself', async (cluster) => {
    const namespace = await cluster.namespace();
    await bind(cluster, namespace, bindingTo('ClusterRole', 'view', 'pretender'));
    const client = user(cluster, 'pretender');
    const path = `/api/v1/namespaces/${namespace}/pods`;
    expectJson(await client.get(path));
    const status = expectFailure(await client.get(path, { 'impersonate-user': 'admin' }), 403, 'Forbidden');
    expect(status.message).toBe(
      `pods is forbidden: User "pretender" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "${namespace}"`,
    );
    const account = { 'impersonate-user': 'system:serviceaccount:kube-system:default' };
    const refused = expectFailure(await client.get(path, account), 403, 'Forbidden');
    expect(refused.message).toContain(
      `User "pretender" cannot impersonate-on:serviceaccount:list resource "pods" in API group "" in the namespace "${namespace}"`,
    );
  });

  hub.test('of a user does not allow a group', async (cluster) => {
    const name = 'half-pretender';
    const rules = [
      { apiGroups: [''], resources: ['users'], verbs: ['impersonate'], resourceNames: ['jane'] },
    ];
    expectJson(await cluster.admin.post(`${RBAC}/clusterroles`, { metadata: { name }, rules }), 201);
    expectJson(
      await cluster.admin.post(`${RBAC}/clusterrolebindings`, bindingTo('ClusterRole', name, name)),
      201,
    );
    const client = user(cluster, name);
    expect((await client.get('/version', { 'impersonate-user': 'jane' })).status).toBe(200);
    expectFailure(await client.get('/version', { 'impersonate-user': 'john' }), 403, 'Forbidden');
    const masters = { 'impersonate-user': 'jane', 'impersonate-group': 'system:masters' };
    const status = expectFailure(await client.get('/version', masters), 403, 'Forbidden');
    expect(status.message).toContain('groups "system:masters" is forbidden');
  });

  hub.test('of groups without a user is a 400', async (cluster) => {
    const answer = await cluster.admin.get('/version', { 'impersonate-group': 'system:masters' });
    expectFailure(answer, 400, 'BadRequest');
  });

  hub.test('works with kubectl --as and --as-group', async (cluster) => {
    for (const version of ['1.36', '1.30'] as const) {
      const refused = await cluster.kubectl(version, 'get', 'pods', '--as', 'jane');
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain(
        'Error from server (Forbidden): pods is forbidden: User "jane" cannot list resource "pods"',
      );
      const allowed = await cluster.kubectl(
        version,
        'auth',
        'can-i',
        '*',
        '*',
        '--as',
        'jane',
        '--as-group',
        'system:masters',
      );
      expect(allowed.stdout).toBe('yes\n');
      const denied = await cluster.kubectl(version, 'auth', 'can-i', 'delete', 'nodes', '--as', 'jane');
      expect(denied).toMatchObject({ exitCode: 1, stdout: 'no\n' });
    }
  });
});

describe('access reviews', () => {
  const review = (spec: Json) => ({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec,
  });
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';

  hub.test('answer for others what those would get', async (cluster) => {
    const namespace = await cluster.namespace();
    await bind(cluster, namespace, bindingTo('ClusterRole', 'view', 'reviewed'));
    const ask = async (verb: string) => {
      const spec = { user: 'reviewed', resourceAttributes: { verb, resource: 'pods', namespace } };
      return expectJson(await cluster.admin.post(path, review(spec)), 201).status;
    };
    expect(await ask('list')).toMatchObject({
      allowed: true,
      reason: expect.stringContaining('RoleBinding "reviewed-view'),
    });
    expect((await ask('delete')).allowed).toBe(false);
  });

  hub.test('about somebody else are not for everybody, about oneself they are', async (cluster) => {
    const jane = user(cluster, 'jane');
    const resourceAttributes = { verb: 'list', resource: 'pods' };
    expectFailure(await jane.post(path, review({ user: 'x', resourceAttributes })), 403, 'Forbidden');
    const self = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes },
    };
    const answer = await jane.post('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', self);
    expect(expectJson(answer, 201).status.allowed).toBe(false);
  });
});

describe('a node', () => {
  const nodeClient = (cluster: Cluster, name: string) => user(cluster, `system:node:${name}`, 'system:nodes');

  hub.test('registers itself and no other, and may not free itself of taints', async (cluster) => {
    const client = nodeClient(cluster, 'own');
    expectJson(
      await client.post('/api/v1/nodes', {
        metadata: { name: 'own' },
        spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] },
      }),
      201,
    );
    expectFailure(await client.post('/api/v1/nodes', { metadata: { name: 'other' } }), 403, 'Forbidden');
    expectFailure(
      await client.patch('/api/v1/nodes/own', 'merge', { spec: { taints: null } }),
      403,
      'Forbidden',
    );
    const addresses = { metadata: { annotations: { 'hawser.dev/allowed-addresses': '10.0.0.1' } } };
    expectFailure(await client.patch('/api/v1/nodes/own', 'merge', addresses), 403, 'Forbidden');
    const label = { metadata: { labels: { 'node-restriction.kubernetes.io/tier': 'secret' } } };
    expectFailure(await client.patch('/api/v1/nodes/own', 'merge', label), 403, 'Forbidden');
    expectFailure(await client.delete('/api/v1/nodes/own'), 403, 'Forbidden');
  });

  hub.test('reads Secrets and ConfigMaps of its own pods, and no others', async (cluster) => {
    const namespace = await cluster.namespace();
    const secrets = `/api/v1/namespaces/${namespace}/secrets`;
    for (const name of ['mounted', 'other'])
      expectJson(await cluster.admin.post(secrets, { metadata: { name }, stringData: { x: 'y' } }), 201);
    const volumes = [{ name: 'v', secret: { secretName: 'mounted' } }];
    const pod = shellPod('a', 'true', { nodeName: 'reader', volumes });
    expectJson(await cluster.admin.post(`/api/v1/namespaces/${namespace}/pods`, pod), 201);
    const client = nodeClient(cluster, 'reader');
    expectJson(await client.get(`${secrets}/mounted`));
    for (const path of [`${secrets}/other`, secrets, '/api/v1/secrets'])
      expectFailure(await client.get(path), 403, 'Forbidden');
    expectFailure(await nodeClient(cluster, 'stranger').get(`${secrets}/mounted`), 403, 'Forbidden');
  });

  hub.test('writes the status of its own pods, and no others', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `/api/v1/namespaces/${namespace}/pods`;
    expectJson(await cluster.admin.post(path, shellPod('mine', 'true', { nodeName: 'writer' })), 201);
    expectJson(await cluster.admin.post(path, shellPod('theirs', 'true', { nodeName: 'elsewhere' })), 201);
    const client = nodeClient(cluster, 'writer');
    const running = { status: { phase: 'Running' } };
    expectJson(await client.patch(`${path}/mine/status`, 'merge', running));
    expectFailure(await client.patch(`${path}/theirs/status`, 'merge', running), 403, 'Forbidden');
    expectFailure(
      await client.patch(`${path}/mine`, 'merge', { metadata: { labels: { a: 'b' } } }),
      403,
      'Forbidden',
    );
    expectFailure(await client.delete(`${path}/theirs`, { gracePeriodSeconds: 0 }), 403, 'Forbidden');
    expectFailure(await client.post(path, shellPod('new', 'true', { nodeName: 'writer' })), 403, 'Forbidden');
  });

  hub.test('gets tokens for accounts of its own pods, bound to them, and no others', async (cluster) => {
    const namespace = await cluster.namespace();
    const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
    expectJson(await cluster.admin.post(accounts, { metadata: { name: 'other' } }), 201);
    const pod = expectJson(
      await cluster.admin.post(
        `/api/v1/namespaces/${namespace}/pods`,
        shellPod('a', 'true', { nodeName: 'issuer' }),
      ),
      201,
    );
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: pod.metadata.uid };
    const request = (spec: Json) => ({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec });
    const client = nodeClient(cluster, 'issuer');
    expectJson(await client.post(`${accounts}/default/token`, request({ boundObjectRef })), 201);
    expectFailure(await client.post(`${accounts}/default/token`, request({})), 403, 'Forbidden');
    expectFailure(
      await client.post(`${accounts}/other/token`, request({ boundObjectRef })),
      403,
      'Forbidden',
    );
    expectFailure(
      await nodeClient(cluster, 'thief').post(`${accounts}/default/token`, request({ boundObjectRef })),
      403,
      'Forbidden',
    );
  });
});
