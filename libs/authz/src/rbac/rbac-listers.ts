import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '@hawser/api';
import type { Lister } from '@hawser/authn';

/** The objects that RBAC is made of. */
export interface RbacListers {
  readonly roles: Lister<Role>;
  readonly roleBindings: Lister<RoleBinding>;
  readonly clusterRoles: Lister<ClusterRole>;
  readonly clusterRoleBindings: Lister<ClusterRoleBinding>;
}
