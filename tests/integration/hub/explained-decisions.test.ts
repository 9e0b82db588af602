import { describe, expect } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { authorityOf, identityOf, issue } from '../../cluster/identities.ts';
import { shellPod } from '../../cluster/objects.ts';
import { readOutbox } from '../../cluster/outbox.ts';
import { requestUpgrade, SPDY_HEADERS, WEB_SOCKET_HEADERS } from '../../cluster/upgrade-request.ts';
import type { Json, WireClient } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

function user(cluster: Cluster, commonName: string, ...organizations: string[]): WireClient {
  return cluster.wire(issue(authorityOf(cluster.layout.pki.ca), { commonName, organizations }));
}

/** The event of a request, by what its answer calls it. */
function eventOf(cluster: Cluster, { headers }: { headers: Record<string, unknown> }): Promise<Json> {
  return eventually(
    () =>
      readOutbox(cluster.layout).find(
        ({ event }) => event.auditID === headers['audit-id'] && event.stage === 'ResponseComplete',
      )?.event,
  );
}

const decided = (decision: 'allow' | 'forbid', reason: string) => ({
  'authorization.k8s.io/decision': decision,
  'authorization.k8s.io/reason': reason,
});

async function bind(cluster: Cluster, namespace: string, subject: Json, role: Json, name: string) {
  const binding = { metadata: { name }, roleRef: { apiGroup, ...role }, subjects: [subject] };
  const path =
    namespace === '' ? `${RBAC}/clusterrolebindings` : `${RBAC}/namespaces/${namespace}/rolebindings`;
  expectJson(await cluster.admin.post(path, binding), 201);
}

describe('the audit event says why a request was allowed', () => {
  const view = { kind: 'ClusterRole', name: 'view' };

  hub.test('by a binding to a user, a group, or a service account', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `/api/v1/namespaces/${namespace}/pods`;
    await bind(cluster, namespace, { kind: 'User', apiGroup, name: 'ann' }, view, 'by-user');
    await bind(
      cluster,
      '',
      { kind: 'Group', apiGroup, name: `readers-${namespace}` },
      view,
      `by-group-${namespace}`,
    );
    await bind(cluster, namespace, { kind: 'ServiceAccount', name: 'default' }, view, 'by-account');
    const account = { 'impersonate-user': `system:serviceaccount:${namespace}:default` };
    const answers = [
      [
        await user(cluster, 'ann').get(path),
        `RoleBinding "by-user/${namespace}" of ClusterRole "view" to User "ann"`,
      ],
      [
        await user(cluster, 'bob', `readers-${namespace}`).get(path),
        `ClusterRoleBinding "by-group-${namespace}" of ClusterRole "view" to Group "readers-${namespace}"`,
      ],
      [
        await cluster.admin.get(path, account),
        `RoleBinding "by-account/${namespace}" of ClusterRole "view" to ServiceAccount "default/${namespace}"`,
      ],
    ] as const;
    for (const [answer, source] of answers) {
      expectJson(answer);
      const { annotations } = await eventOf(cluster, answer);
      expect(annotations).toMatchObject(decided('allow', `RBAC: allowed by ${source}`));
    }
  });

  hub.test('by the group that needs no rule, and by what nodes may: with no reason', async (cluster) => {
    const masters = cluster.wire(identityOf(cluster.layout.kubeconfigs.superAdmin));
    const node = user(cluster, 'system:node:n1', 'system:nodes');
    for (const answer of [
      await masters.get('/api/v1/secrets'),
      await node.get('/api/v1/pods?fieldSelector=spec.nodeName%3Dn1'),
    ]) {
      expectJson(answer);
      expect((await eventOf(cluster, answer)).annotations).toMatchObject(decided('allow', ''));
    }
  });

  hub.test('also where admission refuses it then', async (cluster) => {
    const node = user(cluster, 'system:node:n1', 'system:nodes');
    const answer = await node.post('/api/v1/nodes', { metadata: { name: 'n2' } });
    expectFailure(answer, 403, 'Forbidden');
    const { annotations, responseStatus } = await eventOf(cluster, answer);
    expect(annotations).toMatchObject(decided('allow', ''));
    expect(responseStatus).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message: 'nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"',
    });
  });
});

describe('the audit event says why a request was refused', () => {
  hub.test('by the Node authorizer', async (cluster) => {
    const answer = await user(cluster, 'system:node:n1', 'system:nodes').get(
      '/api/v1/namespaces/default/secrets/x',
    );
    expectFailure(answer, 403, 'Forbidden');
    expect((await eventOf(cluster, answer)).annotations).toMatchObject(
      decided('forbid', "no relationship found between node 'n1' and this object"),
    );
  });

  hub.test(
    'by bindings to roles that are not there, beside what the Node authorizer says',
    async (cluster) => {
      const gone = { kind: 'ClusterRole', name: 'gone' };
      await bind(cluster, '', { kind: 'User', apiGroup, name: 'system:node:n3' }, gone, 'to-nothing');
      const missing = 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found';
      const relation = "no relationship found between node 'n3' and this object";
      const answer = await user(cluster, 'system:node:n3', 'system:nodes').get(
        '/api/v1/namespaces/default/secrets/x',
      );
      expect(expectFailure(answer, 403, 'Forbidden').message).toEndWith(`${relation}\n${missing}`);
      expect((await eventOf(cluster, answer)).annotations).toMatchObject(
        decided('forbid', `${relation}\n${missing}`),
      );
      const other = await user(cluster, 'system:node:n3').get('/api/v1/secrets');
      expect((await eventOf(cluster, other)).annotations).toMatchObject(decided('forbid', missing));
    },
  );

  hub.test('by nobody who would have allowed it: with no reason', async (cluster) => {
    for (const path of ['/api/v1/pods', '/metrics']) {
      const answer = await user(cluster, 'jane').get(path);
      expectFailure(answer, 403, 'Forbidden');
      expect((await eventOf(cluster, answer)).annotations).toMatchObject(decided('forbid', ''));
    }
  });
});

describe('an upgrade', () => {
  const path = '/api/v1/namespaces/default/pods/absent/exec?command=id';
  for (const [protocol, method, headers] of [
    ['WebSocket', 'GET', WEB_SOCKET_HEADERS],
    ['SPDY', 'POST', SPDY_HEADERS],
  ] as const)
    hub.test(`by ${protocol} is explained as every other request`, async (cluster) => {
      const refused = await requestUpgrade(user(cluster, 'jane'), method, path, headers);
      expect(refused.status).toBe(403);
      expect(JSON.parse(refused.text).message).toBe(
        'pods "absent" is forbidden: User "jane" cannot create resource "pods/exec" in API group "" in the namespace "default"',
      );
      expect((await eventOf(cluster, refused)).annotations).toMatchObject(decided('forbid', ''));
      const allowed = await requestUpgrade(cluster.admin, method, path, headers);
      expect(allowed.status).toBe(404);
      expect((await eventOf(cluster, allowed)).annotations).toMatchObject({
        'authorization.k8s.io/decision': 'allow',
        'authorization.k8s.io/reason': expect.stringMatching(/^RBAC: allowed by ClusterRoleBinding "hawser:/),
      });
    });

  hub.test('by somebody else names both', async (cluster) => {
    const headers = { ...SPDY_HEADERS, 'impersonate-user': 'jane' };
    const answer = await requestUpgrade(cluster.admin, 'POST', path, headers);
    expect(answer.status).toBe(403);
    const event = await eventOf(cluster, answer);
    expect(event.user.username).toBe('kubernetes-admin');
    expect(event.impersonatedUser.username).toBe('jane');
  });
});

describe('impersonation', () => {
  hub.test('names both, and by which right the one is taken for the other', async (cluster) => {
    const namespace = await cluster.namespace();
    const name = `limited-${namespace}`;
    const rules = [
      { apiGroups: [''], resources: ['pods'], verbs: ['impersonate-on:user-info:list'] },
      {
        apiGroups: ['authentication.k8s.io'],
        resources: ['users'],
        verbs: ['impersonate:user-info'],
        resourceNames: ['ann'],
      },
    ];
    expectJson(await cluster.admin.post(`${RBAC}/clusterroles`, { metadata: { name }, rules }), 201);
    const subject = { kind: 'User', apiGroup, name };
    await bind(cluster, '', subject, { kind: 'ClusterRole', name }, name);
    await bind(
      cluster,
      namespace,
      { kind: 'User', apiGroup, name: 'ann' },
      { kind: 'ClusterRole', name: 'edit' },
      'ann',
    );
    const client = user(cluster, name);
    const at = `/api/v1/namespaces/${namespace}`;
    const asAnn = { 'impersonate-user': 'ann' };
    const listed = await client.get(`${at}/pods`, asAnn);
    expectJson(listed);
    expect(await eventOf(cluster, listed)).toMatchObject({
      user: { username: name },
      impersonatedUser: { username: 'ann', groups: ['system:authenticated'] },
      authenticationMetadata: { impersonationConstraint: 'impersonate:user-info' },
      annotations: decided(
        'allow',
        `RBAC: allowed by RoleBinding "ann/${namespace}" of ClusterRole "edit" to User "ann"`,
      ),
    });
    // Ann may list Secrets; who poses as her may list pods alone.
    expectFailure(await client.get(`${at}/secrets`, asAnn), 403, 'Forbidden');
    expectFailure(await client.get(`${at}/pods`, { 'impersonate-user': 'bob' }), 403, 'Forbidden');
    expectFailure(await client.get(`${at}/pods`, { ...asAnn, 'impersonate-group': 'g' }), 403, 'Forbidden');
  });

  hub.test('of the node that its pod runs on is for an account whose token says so', async (cluster) => {
    const namespace = await cluster.namespace();
    const name = `agent-${namespace}`;
    const at = `/api/v1/namespaces/${namespace}`;
    const rules = [
      { apiGroups: [''], resources: ['pods'], verbs: ['impersonate-on:associated-node:list'] },
      {
        apiGroups: ['authentication.k8s.io'],
        resources: ['nodes'],
        verbs: ['impersonate:associated-node'],
      },
    ];
    expectJson(await cluster.admin.post(`${RBAC}/clusterroles`, { metadata: { name }, rules }), 201);
    const account = { kind: 'ServiceAccount', name: 'default', namespace };
    await bind(cluster, '', account, { kind: 'ClusterRole', name }, name);
    expectJson(await cluster.admin.post('/api/v1/nodes', { metadata: { name } }), 201);
    const pod = expectJson(
      await cluster.admin.post(`${at}/pods`, shellPod('a', 'true', { nodeName: name })),
      201,
    );
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'a', uid: pod.metadata.uid };
    const tokenOf = async (spec: Json) => {
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
      const path = `${at}/serviceaccounts/default/token`;
      return expectJson(await cluster.admin.post(path, body), 201).status.token as string;
    };
    const own = `/api/v1/pods?fieldSelector=spec.nodeName%3D${name}`;
    const asNode = { 'impersonate-user': `system:node:${name}` };
    const client = cluster.wire({ token: await tokenOf({ boundObjectRef }) });
    const listed = await client.get(own, asNode);
    expect(expectJson(listed).items).toHaveLength(1);
    expect(await eventOf(cluster, listed)).toMatchObject({
      user: { username: `system:serviceaccount:${namespace}:default` },
      impersonatedUser: {
        username: `system:node:${name}`,
        groups: ['system:nodes', 'system:authenticated'],
      },
      authenticationMetadata: { impersonationConstraint: 'impersonate:associated-node' },
    });
    expectFailure(await client.get(own, { 'impersonate-user': 'system:node:another' }), 403, 'Forbidden');
    expectFailure(await client.get(`/api/v1/nodes/${name}`, asNode), 403, 'Forbidden');
    const unbound = cluster.wire({ token: await tokenOf({}) });
    expectFailure(await unbound.get(own, asNode), 403, 'Forbidden');
  });

  hub.test(
    'that is refused leaves who asked and what was missing, and nobody impersonated',
    async (cluster) => {
      const answer = await user(cluster, 'pretender').get('/api/v1/pods', { 'impersonate-user': 'admin' });
      const status = expectFailure(answer, 403, 'Forbidden');
      const event = await eventOf(cluster, answer);
      expect(event.user.username).toBe('pretender');
      expect(event).not.toHaveProperty('impersonatedUser');
      expect(event.annotations).toMatchObject(decided('forbid', ''));
      expect(event.responseStatus.message).toBe(status.message);
    },
  );
});

describe('a review', () => {
  const REVIEWS = '/apis/authorization.k8s.io/v1';
  const ask = async (cluster: Cluster, spec: Json) =>
    expectJson(await cluster.admin.post(`${REVIEWS}/subjectaccessreviews`, { spec }), 201).status;

  hub.test('gives the reason that the event of such a request would have', async (cluster) => {
    const resourceAttributes = { verb: 'get', resource: 'secrets', namespace: 'default', name: 'x' };
    expect(
      await ask(cluster, { user: 'system:node:n1', groups: ['system:nodes'], resourceAttributes }),
    ).toEqual({
      allowed: false,
      reason: "no relationship found between node 'n1' and this object",
    });
    expect(await ask(cluster, { user: 'jane', resourceAttributes })).toEqual({ allowed: false });
    const allowed = await ask(cluster, { user: 'x', groups: ['hawser:cluster-admins'], resourceAttributes });
    expect(allowed.reason).toMatch(/^RBAC: allowed by ClusterRoleBinding "hawser:cluster-admins"/);
  });

  hub.test('has no metadata', async ({ admin }) => {
    const resourceAttributes = { verb: 'get', resource: 'pods', namespace: 'default' };
    const spec = { user: 'jane', resourceAttributes };
    const ask = (path: string, metadata: Json) => admin.post(`${REVIEWS}/${path}`, { metadata, spec });
    const local = 'namespaces/default/localsubjectaccessreviews';
    expectJson(await ask('subjectaccessreviews', { creationTimestamp: null }), 201);
    expectJson(await ask(local, { namespace: 'default' }), 201);
    const refused = expectFailure(await ask('subjectaccessreviews', { name: 'x' }), 422, 'Invalid');
    expect(refused.message).toMatch(/metadata: Invalid value: .*: must be empty$/);
    const named = expectFailure(await ask(local, { name: 'x' }), 422, 'Invalid');
    expect(named.message).toMatch(/metadata: Invalid value: .*: must be empty except for namespace$/);
  });

  hub.test('takes selectors into account, and says what it could not read of them', async (cluster) => {
    const about = (fieldSelector: Json) => ({
      ...{ user: 'system:node:n1', groups: ['system:nodes'] },
      resourceAttributes: { verb: 'list', resource: 'pods', fieldSelector },
    });
    expect(await ask(cluster, about({ rawSelector: 'spec.nodeName=n1' }))).toEqual({ allowed: true });
    expect(await ask(cluster, about({ rawSelector: 'spec.nodeName' }))).toEqual({
      allowed: false,
      reason: 'can only list/watch pods with spec.nodeName field selector',
      evaluationError: 'spec.resourceAttributes.fieldSelector ignored due to parse error',
    });
    const both = about({ rawSelector: 'a=b', requirements: [{ key: 'a', operator: 'In', values: ['b'] }] });
    const answer = await cluster.admin.post(`${REVIEWS}/subjectaccessreviews`, { spec: both });
    expect(expectFailure(answer, 422, 'Invalid').message).toContain(
      'spec.resourceAttributes.fieldSelector.rawSelector: Invalid value: "a=b": may not specified at the same time as requirements',
    );
  });

  hub.test('of the rules of a node says that they are not all', async (cluster) => {
    const node = user(cluster, 'system:node:n1', 'system:nodes');
    const answer = await node.post(`${REVIEWS}/selfsubjectrulesreviews`, { spec: { namespace: 'default' } });
    expect(expectJson(answer, 201).status).toMatchObject({
      incomplete: true,
      evaluationError: 'node authorizer does not support user rule resolution',
    });
  });
});
