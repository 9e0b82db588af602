import type { Cluster } from './cluster.ts';
import { authorityOf, issue } from './identities.ts';
import type { WireClient } from './wire-client.ts';

let users = 0;

/** Someone who may do this with this resource everywhere, and nothing else. */
export async function clientWith(
  cluster: Cluster,
  verbs: readonly string[],
  resource: string,
): Promise<WireClient> {
  users += 1;
  const name = `user-with-verbs-${users}`;
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const rules = [{ apiGroups: [''], resources: [resource], verbs }];
  await cluster.admin.post(`${rbac}/clusterroles`, { metadata: { name }, rules });
  await cluster.admin.post(`${rbac}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
  });
  return cluster.wire(issue(authorityOf(cluster.layout.pki.ca), { commonName: name }));
}
