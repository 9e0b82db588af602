import type { PolicyRule, Role, RoleBinding } from '@hawser/api';
import { EVENTS, Group, READ, role, roleBinding, rule, systemAccount, user } from './policy-builders.ts';

const CONTROLLER_MANAGER = user('system:kube-controller-manager');
const SCHEDULER = user('system:kube-scheduler');
const AUTHENTICATION_READER = 'extension-apiserver-authentication-reader';

const leaderLocking: PolicyRule[] = ['leases', 'leasecandidates'].map((resource) =>
  rule([...READ, 'create', 'update'], Group.coordination, resource),
);

/** Roles within the system's own namespaces. */
export const namespaceRoles: readonly Role[] = [
  role('kube-public', 'system:controller:bootstrap-signer', [
    rule(READ, Group.core, 'configmaps'),
    rule('update', Group.core, 'configmaps', 'cluster-info'),
    EVENTS,
  ]),
  role('kube-system', AUTHENTICATION_READER, [
    rule(READ, Group.core, 'configmaps', 'extension-apiserver-authentication'),
  ]),
  role('kube-system', 'system::leader-locking-kube-controller-manager', leaderLocking),
  role('kube-system', 'system::leader-locking-kube-scheduler', leaderLocking),
  role('kube-system', 'system:controller:bootstrap-signer', [rule(READ, Group.core, 'secrets')]),
  role('kube-system', 'system:controller:cloud-provider', [
    rule(['create', ...READ], Group.core, 'configmaps'),
  ]),
  role('kube-system', 'system:controller:token-cleaner', [
    rule([...READ, 'delete'], Group.core, 'secrets'),
    EVENTS,
  ]),
];

/** Who has them. */
export const namespaceRoleBindings: readonly RoleBinding[] = [
  roleBinding('kube-public', 'system:controller:bootstrap-signer', [systemAccount('bootstrap-signer')]),
  roleBinding(
    'kube-system',
    `system::${AUTHENTICATION_READER}`,
    [CONTROLLER_MANAGER, SCHEDULER],
    AUTHENTICATION_READER,
  ),
  roleBinding('kube-system', 'system::leader-locking-kube-controller-manager', [
    CONTROLLER_MANAGER,
    systemAccount('kube-controller-manager'),
    systemAccount('leader-election-controller'),
  ]),
  roleBinding('kube-system', 'system::leader-locking-kube-scheduler', [
    SCHEDULER,
    systemAccount('kube-scheduler'),
  ]),
  ...['bootstrap-signer', 'cloud-provider', 'token-cleaner'].map((name) =>
    roleBinding('kube-system', `system:controller:${name}`, [systemAccount(name)]),
  ),
];
