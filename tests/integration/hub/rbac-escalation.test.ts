import { describe, expect } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { authorityOf, issue } from '../../cluster/identities.ts';
import type { Json, WireClient } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${apiGroup}/v1`;
const WRITE = ['get', 'list', 'create', 'update', 'patch', 'delete'];
const APPLY = 'application/apply-patch+yaml';

const pods = { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] };
const secrets = { apiGroups: [''], resources: ['secrets'], verbs: ['get'] };

/** Somebody who may read pods and write every RBAC object, and whatever else is given. */
async function roleWriter(cluster: Cluster, ...more: Json[]) {
  const namespace = await cluster.namespace();
  const name = `writer-of-${namespace}`;
  const resources = ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'];
  const rules = [pods, { apiGroups: [apiGroup], resources, verbs: WRITE }, ...more];
  const { admin } = cluster;
  expectJson(await admin.post(`${RBAC}/clusterroles`, { metadata: { name }, rules }), 201);
  const subjects = [{ kind: 'User', apiGroup, name }];
  const roleRef = { apiGroup, kind: 'ClusterRole', name };
  expectJson(await admin.post(`${RBAC}/clusterrolebindings`, { metadata: { name }, roleRef, subjects }), 201);
  const client = cluster.wire(issue(authorityOf(cluster.layout.pki.ca), { commonName: name }));
  return { namespace, name, client, at: `${RBAC}/namespaces/${namespace}` };
}

const role = (name: string, ...rules: Json[]) => ({ apiVersion, kind: 'Role', metadata: { name }, rules });
const clusterRole = (name: string, ...rules: Json[]) => ({ ...role(name, ...rules), kind: 'ClusterRole' });
const binding = (name: string, kind: string, roleName: string): Json => ({
  apiVersion,
  kind: 'RoleBinding',
  metadata: { name },
  roleRef: { apiGroup, kind, name: roleName },
  subjects: [{ kind: 'User', apiGroup, name: 'friend' }],
});

const lacking = (user: string, ...rules: string[]) =>
  `user ${JSON.stringify(user)} (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n${rules.join('\n')}`;

/** What a write is, in each form in which it can be asked for. */
function forms(path: string, object: Json): { form: string; send: (client: WireClient) => Promise<Json> }[] {
  const { apiVersion: _version, kind: _kind, ...change } = object;
  const { name } = object.metadata;
  const each = (form: string, send: (client: WireClient) => Promise<Json>) => ({ form, send });
  return [
    each('update', (client) => client.put(`${path}/${name}`, object)),
    each('merge patch', (client) => client.patch(`${path}/${name}`, 'merge', change)),
    each('strategic merge patch', (client) => client.patch(`${path}/${name}`, 'strategic-merge', change)),
    each('JSON patch', (client) =>
      client.patch(`${path}/${name}`, 'json', [{ op: 'add', path: '/rules', value: object.rules }]),
    ),
    each('apply', (client) => client.patch(`${path}/${name}?fieldManager=x&force=true`, APPLY, object)),
    each('dry run', (client) => client.put(`${path}/${name}?dryRun=All`, object)),
  ];
}

describe('rights that the writer lacks', () => {
  hub.test('do not come into a role in whatever form they are written', async (cluster) => {
    const { name, client, at } = await roleWriter(cluster);
    const path = `${at}/roles`;
    expectJson(await client.post(path, role('r', pods)), 201);
    const wanted = role('r', pods, secrets, { ...pods, verbs: ['*'] });
    const why = lacking(
      name,
      '{APIGroups:[""], Resources:["pods"], Verbs:["*"]}',
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
    );
    for (const { form, send } of forms(path, wanted)) {
      const { message } = expectFailure(await send(client), 403, 'Forbidden');
      expect(`${form}: ${message}`).toBe(`${form}: roles.${apiGroup} "r" is forbidden: ${why}`);
    }
    const made = await client.patch(`${path}/new?fieldManager=x`, APPLY, role('new', secrets));
    expectFailure(made, 403, 'Forbidden');
    expectFailure(await client.put(`${path}/new`, role('new', secrets)), 403, 'Forbidden');
    expectFailure(await client.post(`${path}?dryRun=All`, role('new', secrets)), 403, 'Forbidden');
    expect(expectJson(await client.get(`${path}/r`)).rules).toEqual([pods]);
  });

  hub.test('are refused though a rule stands for billions of them, and the hub goes on', async (cluster) => {
    const { client, at } = await roleWriter(cluster);
    const many = Array.from({ length: 250 }, (_, i) => `v${i}`);
    const billions = { verbs: many, apiGroups: many, resources: many, resourceNames: many };
    const { message } = expectFailure(
      await client.post(`${at}/roles`, role('r', billions)),
      403,
      'Forbidden',
    );
    expect(message).toContain('is attempting to grant RBAC permissions not currently held');
    expectJson(await client.get(`${at}/roles`));
  });

  hub.test('of paths, of names and of subresources are told one by one', async (cluster) => {
    const { name, namespace, client } = await roleWriter(cluster);
    const wanted = clusterRole(
      `r-${namespace}`,
      { nonResourceURLs: ['/metrics', '/logs/*'], verbs: ['get'] },
      { apiGroups: [''], resources: ['pods/log', 'pods'], verbs: ['get', 'delete'], resourceNames: ['a'] },
    );
    const { message } = expectFailure(await client.post(`${RBAC}/clusterroles`, wanted), 403, 'Forbidden');
    expect(message).toBe(
      `clusterroles.${apiGroup} "r-${namespace}" is forbidden: ${lacking(
        name,
        '{APIGroups:[""], Resources:["pods"], ResourceNames:["a"], Verbs:["delete"]}',
        '{APIGroups:[""], Resources:["pods/log"], ResourceNames:["a"], Verbs:["get" "delete"]}',
        '{NonResourceURLs:["/logs/*"], Verbs:["get"]}',
        '{NonResourceURLs:["/metrics"], Verbs:["get"]}',
      )}`,
    );
  });

  hub.test('are told with the roles that could not be found', async (cluster) => {
    const { name, namespace, client, at } = await roleWriter(cluster);
    const gone = { ...binding('gone', 'Role', 'gone'), subjects: [{ kind: 'User', apiGroup, name }] };
    expectJson(await cluster.admin.post(`${at}/rolebindings`, gone), 201);
    const { message } = expectFailure(await client.post(`${at}/roles`, role('r', secrets)), 403, 'Forbidden');
    expect(message).toEndWith(`; resolution errors: [role.${apiGroup} "gone" not found]`);
    expect(namespace).not.toBe('');
  });

  hub.test('are not got by labelling a role so that another takes it in', async (cluster) => {
    const { name, namespace, client } = await roleWriter(cluster);
    const strong = `strong-${namespace}`;
    expectJson(await cluster.admin.post(`${RBAC}/clusterroles`, clusterRole(strong, secrets)), 201);
    const label = { metadata: { labels: { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' } } };
    const { message } = expectFailure(
      await client.patch(`${RBAC}/clusterroles/${strong}`, 'merge', label),
      403,
      'Forbidden',
    );
    expect(message).toContain(lacking(name, '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}'));
    const admin = { metadata: { labels: { 'rbac.authorization.k8s.io/aggregate-to-edit': 'true' } } };
    expectFailure(await client.patch(`${RBAC}/clusterroles/cluster-admin`, 'merge', admin), 403, 'Forbidden');
    // A role whose rights the writer has may have any label.
    const weak = clusterRole(`weak-${namespace}`, pods);
    expectJson(await client.post(`${RBAC}/clusterroles`, weak), 201);
    expectJson(await client.patch(`${RBAC}/clusterroles/weak-${namespace}`, 'merge', label));
    expectJson(await client.delete(`${RBAC}/clusterroles/weak-${namespace}`));
  });

  hub.test('are not got by a role that takes in others', async (cluster) => {
    const { namespace, client } = await roleWriter(cluster);
    const path = `${RBAC}/clusterroles`;
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] };
    const refused = 'must have cluster-admin privileges to use the aggregationRule';
    const wide = { ...clusterRole(`wide-${namespace}`), aggregationRule };
    expect(expectFailure(await client.post(path, wide), 403, 'Forbidden').message).toBe(
      `clusterroles.${apiGroup} "wide-${namespace}" is forbidden: ${refused}`,
    );
    expectJson(await cluster.admin.post(path, wide), 201);
    for (const change of [{ aggregationRule: null }, { metadata: { labels: { c: 'd' } } }])
      expect(
        expectFailure(await client.patch(`${path}/wide-${namespace}`, 'merge', change), 403, 'Forbidden')
          .message,
      ).toEndWith(refused);
  });

  hub.test('are not needed to let a role go, or to take away what keeps it', async (cluster) => {
    const { client, at } = await roleWriter(cluster);
    const path = `${at}/roles`;
    const kept = { ...role('kept', secrets), metadata: { name: 'kept', finalizers: ['example.com/x'] } };
    expectJson(await cluster.admin.post(path, kept), 201);
    expectFailure(
      await client.patch(`${path}/kept`, 'merge', { metadata: { labels: { a: 'b' } } }),
      403,
      'Forbidden',
    );
    expectJson(await client.put(`${path}/kept`, expectJson(await client.get(`${path}/kept`))));
    expectJson(await client.delete(`${path}/kept`));
    expectJson(await client.patch(`${path}/kept`, 'merge', { metadata: { finalizers: null } }));
    expectFailure(await client.get(`${path}/kept`), 404, 'NotFound');
  });
});

describe('a binding', () => {
  hub.test('to rights that its writer lacks is refused, in whatever form and place', async (cluster) => {
    const { name, namespace, client, at } = await roleWriter(cluster);
    const why = lacking(name, '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}');
    const strong = `strong-${namespace}`;
    expectJson(await cluster.admin.post(`${RBAC}/clusterroles`, clusterRole(strong, secrets)), 201);
    expectJson(await cluster.admin.post(`${at}/roles`, role('strong', secrets)), 201);
    const wanted = [
      [`${at}/rolebindings`, binding('b', 'ClusterRole', strong)],
      [`${at}/rolebindings`, binding('b', 'Role', 'strong')],
      [
        `${RBAC}/clusterrolebindings`,
        { ...binding(`b-${namespace}`, 'ClusterRole', strong), kind: 'ClusterRoleBinding' },
      ],
    ] as const;
    for (const [path, object] of wanted) {
      const named = `${path}/${object.metadata.name}`;
      for (const answer of [
        await client.post(path, object),
        await client.put(named, object),
        await client.patch(`${named}?fieldManager=x`, APPLY, object),
        await client.post(`${path}?dryRun=All`, object),
      ])
        expect(expectFailure(answer, 403, 'Forbidden').message).toEndWith(`is forbidden: ${why}`);
      // Nor may they let others into one that stands, or change anything about it.
      expectJson(await cluster.admin.post(path, object), 201);
      const subjects = [{ kind: 'User', apiGroup, name }];
      expectFailure(await client.patch(named, 'merge', { subjects }), 403, 'Forbidden');
      expectJson(await client.delete(named));
    }
  });

  hub.test('is for those who may bind the very role', async (cluster) => {
    const granted = { apiGroups: [apiGroup], resources: ['clusterroles'], verbs: ['bind'] };
    const { client, at } = await roleWriter(cluster, { ...granted, resourceNames: ['view'] });
    expectJson(await client.post(`${at}/rolebindings`, binding('view', 'ClusterRole', 'view')), 201);
    expectFailure(
      await client.post(`${at}/rolebindings`, binding('edit', 'ClusterRole', 'edit')),
      403,
      'Forbidden',
    );
    const everywhere = {
      ...binding(`view-${at.split('/').at(-1)}`, 'ClusterRole', 'view'),
      kind: 'ClusterRoleBinding',
    };
    expectJson(await client.post(`${RBAC}/clusterrolebindings`, everywhere), 201);
    const subjects = [{ kind: 'User', apiGroup, name: 'another' }];
    expectJson(await client.patch(`${at}/rolebindings/view`, 'merge', { subjects }));
  });
});

describe('escalate', () => {
  const escalate = { apiGroups: [apiGroup], resources: ['roles', 'clusterroles'], verbs: ['escalate'] };

  hub.test('allows any rights in a role', async (cluster) => {
    const { namespace, client, at } = await roleWriter(cluster, escalate);
    const everything = { apiGroups: ['*'], resources: ['*'], verbs: ['*'] };
    expectJson(await client.post(`${at}/roles`, role('r', everything)), 201);
    expectJson(await client.post(`${RBAC}/clusterroles`, clusterRole(`r-${namespace}`, everything)), 201);
    expectFailure(await client.post(`${at}/rolebindings`, binding('b', 'Role', 'r')), 403, 'Forbidden');
  });

  hub.test('on certain roles allows to change these, and to make none', async (cluster) => {
    const { client, at } = await roleWriter(cluster, { ...escalate, resourceNames: ['r'] });
    expectFailure(await client.post(`${at}/roles`, role('r', secrets)), 403, 'Forbidden');
    expectJson(await client.post(`${at}/roles`, role('r', pods)), 201);
    expectJson(await client.put(`${at}/roles/r`, role('r', secrets)));
    expectFailure(await client.post(`${at}/roles`, role('s', secrets)), 403, 'Forbidden');
  });
});
