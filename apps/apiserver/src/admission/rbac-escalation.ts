import { isDeepStrictEqual } from 'node:util';
import {
  type ClusterRole,
  clusterRoleBindings,
  clusterRoles,
  forbidden,
  type Kind,
  notFound,
  type PolicyRule,
  type RoleBinding,
  roleBindings,
  roles,
} from '@hawser/api';
import { type Identity, SYSTEM_MASTERS } from '@hawser/authn';
import { type Authorizer, aggregateRules, type RbacListers, uncoveredRules } from '@hawser/authz';
import type { AdmissionAttributes, AdmissionPlugin, AnyObject } from '@hawser/registry';

export interface RbacEscalationOptions {
  readonly authorizer: Authorizer;
  readonly listers: Pick<RbacListers, 'roles' | 'clusterRoles'>;
  /** Every rule that holds for somebody in a namespace; of cluster-wide ones alone if it is empty. */
  readonly rulesOf: (identity: Identity, namespace: string) => readonly PolicyRule[];
}

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const BINDINGS: readonly Kind[] = [roleBindings, clusterRoleBindings];
const ROLES: readonly Kind[] = [roles, clusterRoles];
/** Whoever may say that a role takes over others may come to any right. */
const FULL_AUTHORITY: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/**
 * Nobody gives rights that they do not have: roles are written by those who have all that is in them or may
 * `escalate`, bindings by those who have all that is in the role or may `bind` it
 * (kubernetes/pkg/registry/rbac: policybased storage, escalation_check.go).
 */
export function rbacEscalation(options: RbacEscalationOptions): AdmissionPlugin {
  return {
    name: 'RbacEscalation',
    validate(attributes) {
      const { kind, operation, context } = attributes;
      if (operation === 'DELETE' || context.identity.groups.includes(SYSTEM_MASTERS)) return;
      if (ROLES.includes(kind)) checkRole(options, attributes);
      else if (BINDINGS.includes(kind)) checkBinding(options, attributes);
    },
  };
}

function checkRole(options: RbacEscalationOptions, attributes: AdmissionAttributes): void {
  const { kind, namespace, name, object, oldObject, context } = attributes;
  const role = object as unknown as ClusterRole;
  const old = oldObject as unknown as ClusterRole | undefined;
  const aggregation = !isDeepStrictEqual(role.aggregationRule, old?.aggregationRule);
  if (!aggregation && isDeepStrictEqual(role.rules ?? [], old?.rules ?? [])) return;
  const target = { resource: kind.plural, namespace, name };
  if (mayDo(options.authorizer, context.identity, 'escalate', target)) return;
  if (aggregation) confirmNoEscalation(options, attributes, FULL_AUTHORITY);
  confirmNoEscalation(options, attributes, role.rules ?? []);
}

function checkBinding(options: RbacEscalationOptions, attributes: AdmissionAttributes): void {
  const { namespace, object, oldObject, context } = attributes;
  const { roleRef } = object as unknown as RoleBinding;
  if (oldObject !== undefined && isSameGrant(object!, oldObject)) return;
  const resource = roleRef.kind === 'Role' ? roles.plural : clusterRoles.plural;
  if (mayDo(options.authorizer, context.identity, 'bind', { resource, namespace, name: roleRef.name }))
    return;
  confirmNoEscalation(options, attributes, rulesOfRole(options, namespace, roleRef));
}

function isSameGrant(object: AnyObject, oldObject: AnyObject): boolean {
  return (['roleRef', 'subjects'] as const).every((field) =>
    isDeepStrictEqual(object[field], oldObject[field]),
  );
}

/** @throws ApiError NotFound: what a role will be, once it is made, cannot be told. */
function rulesOfRole(
  { listers }: RbacEscalationOptions,
  namespace: string,
  { kind, name }: RoleBinding['roleRef'],
): readonly PolicyRule[] {
  if (kind === 'Role') {
    const role = listers.roles.get(namespace, name);
    if (role === undefined) throw notFound(roles, name);
    return role.rules ?? [];
  }
  const role = listers.clusterRoles.get('', name);
  if (role === undefined) throw notFound(clusterRoles, name);
  return aggregateRules(role, listers.clusterRoles.list());
}

function mayDo(
  authorizer: Authorizer,
  identity: Identity,
  verb: 'bind' | 'escalate',
  target: { resource: string; namespace: string; name: string },
): boolean {
  const place = { apiGroup: RBAC_GROUP, subresource: '', path: '' };
  return (
    authorizer.authorize({ identity, verb, resourceRequest: true, ...target, ...place }).verdict === 'allow'
  );
}

/** @throws ApiError Forbidden, with what is missing. */
function confirmNoEscalation(
  { rulesOf }: RbacEscalationOptions,
  { kind, namespace, name, context }: AdmissionAttributes,
  wanted: readonly PolicyRule[],
): void {
  const missing = uncoveredRules(rulesOf(context.identity, kind.namespaced ? namespace : ''), wanted);
  if (missing.length === 0) return;
  const { name: user, groups } = context.identity;
  throw forbidden(
    kind,
    name,
    `user ${JSON.stringify(user)} (groups=${list(groups)}) is attempting to grant RBAC permissions not currently held:\n${describe(missing)}`,
  );
}

/** One line for all verbs of the same resources, as Go prints a compact rule. */
function describe(rules: readonly PolicyRule[]): string {
  const byTarget = Map.groupBy(rules, ({ verbs: _verbs, ...target }) => JSON.stringify(target));
  const lines = [...byTarget.values()].map((same) => {
    const { apiGroups, resources, resourceNames, nonResourceURLs } = same[0]!;
    const verbs = [...new Set(same.flatMap((rule) => rule.verbs))].sort();
    const parts = Object.entries({
      APIGroups: apiGroups,
      Resources: resources,
      ResourceNames: resourceNames,
      NonResourceURLs: nonResourceURLs,
      Verbs: verbs,
    });
    return `{${parts.flatMap(([field, values]) => (values?.length ? [`${field}:${list(values)}`] : [])).join(', ')}}`;
  });
  return lines.sort().join('\n');
}

function list(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}
