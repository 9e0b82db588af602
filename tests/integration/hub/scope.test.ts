import { describe } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { authorityOf, issue } from '../../cluster/identities.ts';
import type { WireClient } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

/** Somebody who may do everything in one namespace and nothing elsewhere. */
async function ruler(cluster: Cluster, namespace: string): Promise<WireClient> {
  const name = `ruler-of-${namespace}`;
  const binding = {
    metadata: { name },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'User', apiGroup, name }],
  };
  expectJson(await cluster.admin.post(`${RBAC}/namespaces/${namespace}/rolebindings`, binding), 201);
  return cluster.wire(issue(authorityOf(cluster.layout.pki.ca), { commonName: name, organizations: [] }));
}

describe('who rules one namespace', () => {
  const paths = [
    {
      name: 'makes no cluster-wide binding through it',
      method: 'POST',
      path: (ns: string) => `${RBAC}/namespaces/${ns}/clusterrolebindings`,
    },
    {
      name: 'reads no other namespace through it',
      method: 'GET',
      path: (ns: string) => `/api/v1/namespaces/${ns}/namespaces/kube-system`,
    },
    {
      name: 'reads no nodes through it',
      method: 'GET',
      path: (ns: string) => `/api/v1/namespaces/${ns}/nodes`,
    },
    {
      name: 'approves no certificates through it',
      method: 'PUT',
      path: (ns: string) =>
        `/apis/certificates.k8s.io/v1/namespaces/${ns}/certificatesigningrequests/x/approval`,
    },
    {
      name: 'has no tokens reviewed through it',
      method: 'POST',
      path: (ns: string) => `/apis/authentication.k8s.io/v1/namespaces/${ns}/tokenreviews`,
    },
  ];
  for (const { name, method, path } of paths)
    hub.test(name, async (cluster) => {
      const namespace = await cluster.namespace();
      const client = await ruler(cluster, namespace);
      const answer = await client.request(method, path(namespace), method === 'GET' ? {} : { body: {} });
      expectFailure(answer, 404, 'NotFound');
    });
});

hub.test('rights in the core group reach no other group by its name in a path', async (cluster) => {
  const rules = [{ apiGroups: [''], resources: ['*'], verbs: ['*'] }];
  expectJson(
    await cluster.admin.post(`${RBAC}/clusterroles`, { metadata: { name: 'core-all' }, rules }),
    201,
  );
  const binding = {
    metadata: { name: 'core-user' },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'core-all' },
    subjects: [{ kind: 'User', apiGroup, name: 'core-user' }],
  };
  expectJson(await cluster.admin.post(`${RBAC}/clusterrolebindings`, binding), 201);
  const client = cluster.wire(
    issue(authorityOf(cluster.layout.pki.ca), { commonName: 'core-user', organizations: [] }),
  );
  expectJson(await client.get('/api/v1/nodes'));
  expectFailure(await client.get('/api/v1/clusterroles.rbac.authorization.k8s.io'), 404, 'NotFound');
});

hub.test('a PUT that would create takes the right to create', async (cluster) => {
  const namespace = await cluster.namespace();
  const rules = [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['update'] }];
  expectJson(
    await cluster.admin.post(`${RBAC}/namespaces/${namespace}/roles`, {
      metadata: { name: 'updater' },
      rules,
    }),
    201,
  );
  const binding = {
    metadata: { name: 'updater' },
    roleRef: { apiGroup, kind: 'Role', name: 'updater' },
    subjects: [{ kind: 'User', apiGroup, name: 'updater' }],
  };
  expectJson(await cluster.admin.post(`${RBAC}/namespaces/${namespace}/rolebindings`, binding), 201);
  const client = cluster.wire(
    issue(authorityOf(cluster.layout.pki.ca), { commonName: 'updater', organizations: [] }),
  );
  const leases = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  const lease = (name: string) => ({ metadata: { name }, spec: {} });
  expectFailure(await client.put(`${leases}/a`, lease('a')), 403, 'Forbidden');
  expectFailure(await cluster.admin.put(`${leases}/a`, lease('b')), 400, 'BadRequest');
  const made = expectJson(await cluster.admin.put(`${leases}/a`, lease('a')), 201);
  // Whoever takes a lease must have seen it as it is.
  const taken = { ...lease('a'), spec: { holderIdentity: 'me' } };
  expectFailure(await client.put(`${leases}/a`, taken), 422, 'Invalid');
  expectJson(await client.put(`${leases}/a`, { ...made, ...taken, metadata: made.metadata }));
});

hub.test('what the client cannot read in answer is not written', async (cluster) => {
  const namespace = await cluster.namespace();
  const collection = `/api/v1/namespaces/${namespace}/configmaps`;
  const answer = await cluster.admin.post(collection, { metadata: { name: 'x' } }, { accept: 'text/html' });
  expectFailure(answer, 406, 'NotAcceptable');
  expectFailure(await cluster.admin.get(`${collection}/x`), 404, 'NotFound');
});
