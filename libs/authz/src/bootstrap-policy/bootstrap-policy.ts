import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '@hawser/api';
import { ALL_AUTHENTICATED, ALL_SERVICE_ACCOUNTS, ALL_UNAUTHENTICATED, SYSTEM_MASTERS } from '@hawser/authn';
import { componentRoles } from './component-roles.ts';
import { controllerRules } from './controller-rules.ts';
import { namespaceRoleBindings, namespaceRoles } from './namespace-policy.ts';
import { nodeRoles } from './node-roles.ts';
import { clusterRole, clusterRoleBinding, group, systemAccount, user } from './policy-builders.ts';
import { userRoles } from './user-roles.ts';

const CONTROLLER_PREFIX = 'system:controller:';

const controllerRoles = Object.entries(controllerRules).map(([account, rules]) =>
  clusterRole(CONTROLLER_PREFIX + account, rules),
);

const controllerRoleBindings = Object.keys(controllerRules).map((account) =>
  clusterRoleBinding(CONTROLLER_PREFIX + account, [systemAccount(account)]),
);

const clusterRoleBindings: readonly ClusterRoleBinding[] = [
  clusterRoleBinding('cluster-admin', [group(SYSTEM_MASTERS)]),
  clusterRoleBinding('system:basic-user', [group(ALL_AUTHENTICATED)]),
  clusterRoleBinding('system:discovery', [group(ALL_AUTHENTICATED)]),
  clusterRoleBinding('system:kube-controller-manager', [user('system:kube-controller-manager')]),
  clusterRoleBinding('system:kube-dns', [systemAccount('kube-dns')]),
  clusterRoleBinding('system:kube-scheduler', [user('system:kube-scheduler')]),
  clusterRoleBinding('system:monitoring', [group('system:monitoring')]),
  // Nobody: nodes have what the Node authorizer gives them.
  clusterRoleBinding('system:node', []),
  clusterRoleBinding('system:node-proxier', [user('system:kube-proxy')]),
  clusterRoleBinding('system:public-info-viewer', [group(ALL_AUTHENTICATED), group(ALL_UNAUTHENTICATED)]),
  clusterRoleBinding('system:service-account-issuer-discovery', [group(ALL_SERVICE_ACCOUNTS)]),
  clusterRoleBinding('system:volume-scheduler', [user('system:kube-scheduler')]),
];

export interface BootstrapPolicy {
  readonly clusterRoles: readonly ClusterRole[];
  readonly clusterRoleBindings: readonly ClusterRoleBinding[];
  /** Of kube-system and kube-public. */
  readonly roles: readonly Role[];
  readonly roleBindings: readonly RoleBinding[];
}

/**
 * The RBAC objects that an API server makes sure of at start: upstream's of 1.36 with features as they are by
 * default (kubernetes/plugin/pkg/auth/authorizer/rbac/bootstrappolicy).
 */
export const bootstrapPolicy: BootstrapPolicy = {
  clusterRoles: [...userRoles, ...nodeRoles, ...componentRoles, ...controllerRoles],
  clusterRoleBindings: [...clusterRoleBindings, ...controllerRoleBindings],
  roles: namespaceRoles,
  roleBindings: namespaceRoleBindings,
};
