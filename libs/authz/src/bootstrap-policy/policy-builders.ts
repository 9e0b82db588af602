import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from '@hawser/api';
import { AUTO_UPDATE_ANNOTATION } from '../rbac/reconcile-metadata.ts';

/** API groups, `core` for the one without a name. */
export const Group = {
  all: '*',
  core: '',
  admissionRegistration: 'admissionregistration.k8s.io',
  apps: 'apps',
  authentication: 'authentication.k8s.io',
  authorization: 'authorization.k8s.io',
  autoscaling: 'autoscaling',
  batch: 'batch',
  certificates: 'certificates.k8s.io',
  coordination: 'coordination.k8s.io',
  customMetrics: 'custom.metrics.k8s.io',
  discovery: 'discovery.k8s.io',
  events: 'events.k8s.io',
  extensions: 'extensions',
  externalMetrics: 'external.metrics.k8s.io',
  networking: 'networking.k8s.io',
  node: 'node.k8s.io',
  policy: 'policy',
  rbac: 'rbac.authorization.k8s.io',
  resource: 'resource.k8s.io',
  resourceMetrics: 'metrics.k8s.io',
  storage: 'storage.k8s.io',
} as const;

export const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];
export const READ = ['get', 'list', 'watch'];
export const READ_UPDATE = [...READ, 'patch', 'update'];
export const READ_WRITE = [...READ, ...WRITE];

type Texts = string | readonly string[];
const listOf = (texts: Texts): string[] => (typeof texts === 'string' ? [texts] : [...texts]);

/** Verbs on resources of one group or several; of certain names only, if given. */
export function rule(verbs: Texts, groups: Texts, resources: Texts, resourceNames?: Texts): PolicyRule {
  return {
    verbs: listOf(verbs),
    apiGroups: listOf(groups),
    resources: listOf(resources),
    ...(resourceNames === undefined ? {} : { resourceNames: listOf(resourceNames) }),
  };
}

/** Verbs on paths outside the API. */
export function pathRule(verbs: Texts, nonResourceURLs: Texts): PolicyRule {
  return { verbs: listOf(verbs), nonResourceURLs: listOf(nonResourceURLs) };
}

/** What everyone needs who reports events. */
export const EVENTS = rule(['create', 'patch', 'update'], [Group.core, Group.events], 'events');

const apiVersion = 'rbac.authorization.k8s.io/v1';

/** Marks what the API server keeps up at start, and what a tool may skip when it copies a cluster. */
const marked = (name: string, labels: Record<string, string> = {}) => ({
  name,
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
  annotations: { [AUTO_UPDATE_ANNOTATION]: 'true' },
});

export function clusterRole(name: string, rules: PolicyRule[], labels?: Record<string, string>): ClusterRole {
  return { apiVersion, kind: 'ClusterRole', metadata: marked(name, labels), rules };
}

/** A role put together from those with a label. */
export function aggregatedRole(
  name: string,
  fromLabel: string,
  labels?: Record<string, string>,
): ClusterRole {
  const clusterRoleSelectors = [{ matchLabels: { [fromLabel]: 'true' } }];
  return {
    apiVersion,
    kind: 'ClusterRole',
    metadata: marked(name, labels),
    aggregationRule: { clusterRoleSelectors },
  };
}

export function role(namespace: string, name: string, rules: PolicyRule[]): Role {
  return { apiVersion, kind: 'Role', metadata: { ...marked(name), namespace }, rules };
}

/** Binds a ClusterRole, by default of the binding's name. */
export function clusterRoleBinding(name: string, subjects: Subject[], roleName = name): ClusterRoleBinding {
  const roleRef = { apiGroup: Group.rbac, kind: 'ClusterRole', name: roleName };
  return { apiVersion, kind: 'ClusterRoleBinding', metadata: marked(name), roleRef, subjects };
}

/** Binds a Role of the same namespace, by default of the binding's name. */
export function roleBinding(
  namespace: string,
  name: string,
  subjects: Subject[],
  roleName = name,
): RoleBinding {
  const roleRef = { apiGroup: Group.rbac, kind: 'Role', name: roleName };
  return { apiVersion, kind: 'RoleBinding', metadata: { ...marked(name), namespace }, roleRef, subjects };
}

export const user = (name: string): Subject => ({ apiGroup: Group.rbac, kind: 'User', name });
export const group = (name: string): Subject => ({ apiGroup: Group.rbac, kind: 'Group', name });
/** A service account of kube-system. */
export const systemAccount = (name: string): Subject => ({
  kind: 'ServiceAccount',
  name,
  namespace: 'kube-system',
});
