const RBAC = 'rbac.authorization.k8s.io';
const SERVER_USER = { apiGroup: RBAC, kind: 'User', name: 'system:konnectivity-server' };
const AGENT_SUBJECTS = [
  { apiGroup: RBAC, kind: 'Group', name: 'system:nodes' },
  { kind: 'ServiceAccount', namespace: 'kube-system', name: 'konnectivity-agent' },
];

/**
 * What Konnectivity may do: the server checks agents' tokens (the binding to system:auth-delegator is upstream's) and
 * which addresses nodes have, and tells of itself by a Lease; agents count those.
 */
export const KONNECTIVITY_OBJECTS = [
  binding('ClusterRoleBinding', 'system:konnectivity-server', 'system:auth-delegator', [SERVER_USER]),
  {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'hawser:konnectivity-server' },
    rules: [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] }],
  },
  binding('ClusterRoleBinding', 'hawser:konnectivity-server', 'hawser:konnectivity-server', [SERVER_USER]),
  leaseRole('hawser:konnectivity-server', ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']),
  binding('RoleBinding', 'hawser:konnectivity-server', 'hawser:konnectivity-server', [SERVER_USER]),
  leaseRole('hawser:konnectivity-agent', ['get', 'list', 'watch']),
  binding('RoleBinding', 'hawser:konnectivity-agent', 'hawser:konnectivity-agent', AGENT_SUBJECTS),
];

/** In kube-system, where the servers' Leases are. */
function leaseRole(name: string, verbs: readonly string[]) {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'Role',
    metadata: { name, namespace: 'kube-system' },
    rules: [{ apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs }],
  };
}

function binding(
  kind: 'ClusterRoleBinding' | 'RoleBinding',
  name: string,
  role: string,
  subjects: readonly object[],
) {
  const metadata = kind === 'RoleBinding' ? { name, namespace: 'kube-system' } : { name };
  const roleKind = kind === 'RoleBinding' ? 'Role' : 'ClusterRole';
  return {
    apiVersion: `${RBAC}/v1`,
    kind,
    metadata,
    roleRef: { apiGroup: RBAC, kind: roleKind, name: role },
    subjects,
  };
}
