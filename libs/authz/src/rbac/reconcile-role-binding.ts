import type { ClusterRoleBinding, RoleBinding, Subject } from '@hawser/api';
import { completedMetadata, isProtected, type Reconciled } from './reconcile-metadata.ts';

/**
 * Brings a RoleBinding or ClusterRoleBinding up to what is desired of it: subjects, labels and annotations that
 * it lacks are added; one to another role is made anew, since a roleRef cannot change
 * (component-helpers/auth/rbac/reconciliation).
 * @param existing undefined when there is none yet.
 */
export function reconcileRoleBinding<T extends RoleBinding | ClusterRoleBinding>(
  existing: T | undefined,
  desired: T,
): Reconciled<T> {
  if (existing === undefined) return { operation: 'create', object: desired };
  if (isProtected(existing)) return { operation: 'none' };
  if (!sameRole(existing, desired)) return { operation: 'recreate', object: desired };
  const metadata = completedMetadata(existing.metadata, desired.metadata);
  const known = new Set((existing.subjects ?? []).map(subjectKey));
  const lacking = (desired.subjects ?? []).filter((subject) => !known.has(subjectKey(subject)));
  if (metadata === existing.metadata && lacking.length === 0) return { operation: 'none' };
  const subjects = [...(existing.subjects ?? []), ...lacking];
  return { operation: 'update', object: { ...existing, metadata, subjects } };
}

function sameRole(
  { roleRef: a }: RoleBinding | ClusterRoleBinding,
  { roleRef: b }: RoleBinding | ClusterRoleBinding,
) {
  return a.kind === b.kind && a.name === b.name && a.apiGroup === b.apiGroup;
}

function subjectKey({ kind, apiGroup = '', namespace = '', name }: Subject): string {
  return JSON.stringify([kind, apiGroup, namespace, name]);
}
