import { clusterRoleBindings, clusterRoles, type Kind, roleBindings, roles } from '@hawser/api';
import { bootstrapPolicy, type Reconciled, reconcileRole, reconcileRoleBinding } from '@hawser/authz';
import { type AnyObject, createObject, deleteObject, updateObject } from '@hawser/registry';
import type { Resources } from '../hub.ts';
import { ownWrite } from './own-write.ts';

type Reconcile = (existing: never, desired: never) => Reconciled<AnyObject>;

/**
 * Brings the default roles and bindings up to date (`poststarthook/rbac/bootstrap-roles`): what is missing is
 * made, what lost rules gets them back, what was changed on purpose (`autoupdate: "false"`) stays.
 */
export async function reconcileRbac(resources: Resources): Promise<void> {
  const sets: readonly [Kind, readonly object[], Reconcile][] = [
    [clusterRoles, bootstrapPolicy.clusterRoles, reconcileRole as unknown as Reconcile],
    [clusterRoleBindings, bootstrapPolicy.clusterRoleBindings, reconcileRoleBinding as unknown as Reconcile],
    [roles, bootstrapPolicy.roles, reconcileRole as unknown as Reconcile],
    [roleBindings, bootstrapPolicy.roleBindings, reconcileRoleBinding as unknown as Reconcile],
  ];
  // All at once: their commits share a sync to disk.
  await Promise.all(
    sets.flatMap(([kind, desired, reconcile]) =>
      desired.map((object) => ensure(resources, kind, object as AnyObject, reconcile)),
    ),
  );
}

async function ensure(
  resources: Resources,
  kind: Kind,
  desired: AnyObject,
  reconcile: Reconcile,
): Promise<void> {
  const resource = resources.of(kind);
  const { namespace = '', name } = desired.metadata;
  const existing = resource.cache.entry(namespace, name)?.object;
  const result = reconcile(existing as never, desired as never);
  const copy = structuredClone('object' in result ? result.object : desired);
  if (result.operation === 'create') await createObject(resource, namespace, copy, ownWrite);
  else if (result.operation === 'update')
    await updateObject(resource, { namespace, name, subresource: '', change: () => copy }, ownWrite);
  else if (result.operation === 'recreate') {
    await deleteObject(resource, namespace, name, {}, ownWrite);
    await createObject(resource, namespace, copy, ownWrite);
  }
}
