import { isDeepStrictEqual } from 'node:util';
import {
  type ApiError,
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
import {
  type Authorizer,
  aggregateRules,
  type RbacAuthorizer,
  type RbacListers,
  TooManyRightsError,
  uncoveredRules,
} from '@hawser/authz';
import type { AdmissionAttributes, AdmissionPlugin, AnyObject } from '@hawser/registry';
import { describeRules, goList } from './describe-rules.ts';

export interface RbacEscalationOptions {
  readonly authorizer: Authorizer;
  readonly listers: Pick<RbacListers, 'roles' | 'clusterRoles'>;
  /** What somebody may do in a namespace, or cluster-wide, and which of their roles are missing. */
  readonly rbac: Pick<RbacAuthorizer, 'rulesOf' | 'faultOf'>;
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
 * (kubernetes/pkg/registry/rbac: policybased storage, escalation_check.go). That goes for every change but those that
 * the garbage collector makes: a label is enough to put a role's rules into another.
 */
export function rbacEscalation(options: RbacEscalationOptions): AdmissionPlugin {
  return {
    name: 'RbacEscalation',
    validate(attributes) {
      const { kind, operation, object, oldObject, context } = attributes;
      if (operation === 'DELETE' || context.identity.groups.includes(SYSTEM_MASTERS)) return;
      if (oldObject !== undefined && isCleaningUp(object!, oldObject)) return;
      if (ROLES.includes(kind)) checkRole(options, attributes);
      else if (BINDINGS.includes(kind)) checkBinding(options, attributes);
    },
  };
}

/** Whether nothing changes but owners and finalizers. */
function isCleaningUp(object: AnyObject, oldObject: AnyObject): boolean {
  return isDeepStrictEqual(withoutOwners(object), withoutOwners(oldObject));
}

function withoutOwners({ metadata, ...rest }: AnyObject): unknown {
  const {
    ownerReferences: _owners,
    finalizers: _finalizers,
    managedFields: _fields,
    resourceVersion: _version,
    generation: _generation,
    ...kept
  } = metadata;
  return { ...rest, metadata: kept };
}

function checkRole(options: RbacEscalationOptions, attributes: AdmissionAttributes): void {
  const { kind, operation, namespace, name, object, oldObject, context } = attributes;
  const role = object as unknown as ClusterRole;
  // Of what is made upstream does not know the name: a right to escalate certain roles is none to make them.
  const target = { resource: kind.plural, namespace, name: operation === 'CREATE' ? '' : name };
  if (mayDo(options.authorizer, context.identity, 'escalate', target)) return;
  confirmNoEscalation(options, attributes, role.rules ?? []);
  if (![object, oldObject].some((each) => isAggregating(each as ClusterRole | undefined))) return;
  if (uncoveredRules(options.rbac.rulesOf(context.identity, ''), FULL_AUTHORITY).length > 0)
    throw forbidden(kind, name, 'must have cluster-admin privileges to use the aggregationRule');
}

function isAggregating(role: ClusterRole | undefined): boolean {
  return (role?.aggregationRule?.clusterRoleSelectors ?? []).length > 0;
}

function checkBinding(options: RbacEscalationOptions, attributes: AdmissionAttributes): void {
  const { namespace, object, context } = attributes;
  const { roleRef } = object as unknown as RoleBinding;
  const resource = roleRef.kind === 'Role' ? roles.plural : clusterRoles.plural;
  if (mayDo(options.authorizer, context.identity, 'bind', { resource, namespace, name: roleRef.name }))
    return;
  confirmNoEscalation(options, attributes, rulesOfRole(options, namespace, roleRef));
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
  { rbac }: RbacEscalationOptions,
  { kind, namespace, name, context }: AdmissionAttributes,
  wanted: readonly PolicyRule[],
): void {
  const place = kind.namespaced ? namespace : '';
  const missing = missingRights(rbac.rulesOf(context.identity, place), wanted, (why) =>
    forbidden(kind, name, why),
  );
  if (missing.length === 0) return;
  const { name: user, groups } = context.identity;
  const fault = rbac.faultOf(context.identity, place);
  const faults = fault === '' ? '' : `; resolution errors: [${fault}]`;
  throw forbidden(
    kind,
    name,
    `user ${JSON.stringify(user)} (groups=${goList(groups)}) is attempting to grant RBAC permissions not currently held:\n${describeRules(missing)}${faults}`,
  );
}

/** Whoever has all of a role's rights by rules of other shapes may have to divide it. */
function missingRights(
  owned: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
  refuse: (why: string) => ApiError,
): readonly PolicyRule[] {
  try {
    return uncoveredRules(owned, wanted);
  } catch (error) {
    if (error instanceof TooManyRightsError) throw refuse(error.message);
    throw error;
  }
}
