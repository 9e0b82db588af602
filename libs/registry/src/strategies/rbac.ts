import { isDeepStrictEqual } from 'node:util';
import {
  type ClusterRole,
  type ClusterRoleBinding,
  type FieldError,
  invalidValue,
  notSupported,
  required,
  type Subject,
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { dnsSubdomainFault, pathSegmentFault } from '../validation/names.ts';
import { labelSelectorFaults } from './label-selector-faults.ts';

type RoleData = ClusterRole & Record<string, unknown>;
type BindingData = ClusterRoleBinding & Record<string, unknown>;

const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** Roles and ClusterRoles (kubernetes/pkg/apis/rbac/validation). */
export const roleStrategy: Strategy<RoleData> = {
  allowCreateOnUpdate: true,
  validateName: pathSegmentFault,

  validate({ kind, rules, aggregationRule }) {
    return [...ruleFaults(kind, rules), ...aggregationFaults(aggregationRule)];
  },
};

function aggregationFaults(rule: RoleData['aggregationRule']): FieldError[] {
  if (rule === undefined) return [];
  const { clusterRoleSelectors = [] } = rule;
  const at = 'aggregationRule.clusterRoleSelectors';
  if (clusterRoleSelectors.length === 0)
    return [required(at, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  return clusterRoleSelectors.flatMap((selector, i) => labelSelectorFaults(`${at}[${i}]`, selector));
}

function ruleFaults(kind: string | undefined, rules: RoleData['rules']): FieldError[] {
  return (rules ?? []).flatMap((rule, i) => {
    const at = `rules[${i}]`;
    const faults: FieldError[] = [];
    if ((rule.verbs ?? []).length === 0)
      faults.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
    if ((rule.nonResourceURLs ?? []).length > 0) {
      if (kind === 'Role')
        faults.push(
          invalidValue(
            `${at}.nonResourceURLs`,
            rule.nonResourceURLs,
            'namespaced rules cannot apply to non-resource URLs',
          ),
        );
      if ([rule.apiGroups, rule.resources, rule.resourceNames].some((list) => (list ?? []).length > 0))
        faults.push(
          invalidValue(
            `${at}.nonResourceURLs`,
            rule.nonResourceURLs,
            'rules cannot apply to both regular resources and non-resource URLs',
          ),
        );
      return faults;
    }
    if ((rule.apiGroups ?? []).length === 0)
      faults.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
    if ((rule.resources ?? []).length === 0)
      faults.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
    return faults;
  });
}

/**
 * RoleBindings and ClusterRoleBindings: a RoleBinding may refer to a ClusterRole, a ClusterRoleBinding not to a
 * Role; the reference never changes.
 */
export const bindingStrategy: Strategy<BindingData> = {
  allowCreateOnUpdate: true,
  validateName: pathSegmentFault,

  prepareForCreate: completeBinding,
  prepareForUpdate: completeBinding,

  validate({ kind, roleRef, subjects }) {
    const faults: FieldError[] = [];
    const kinds = kind === 'ClusterRoleBinding' ? ['ClusterRole'] : ['Role', 'ClusterRole'];
    if (roleRef !== undefined) {
      if (roleRef.apiGroup !== RBAC_GROUP)
        faults.push(notSupported('roleRef.apiGroup', roleRef.apiGroup, [RBAC_GROUP]));
      if (roleRef.kind && !kinds.includes(roleRef.kind))
        faults.push(notSupported('roleRef.kind', roleRef.kind, kinds));
      const nameFault = pathSegmentFault(roleRef.name ?? '');
      if (nameFault !== undefined) faults.push(invalidValue('roleRef.name', roleRef.name, nameFault));
    }
    (subjects ?? []).forEach((subject, i) => {
      faults.push(...subjectFaults(`subjects[${i}]`, subject, kind));
    });
    return faults;
  },

  validateUpdate(binding, old) {
    return isDeepStrictEqual(binding.roleRef, old.roleRef)
      ? []
      : [invalidValue('roleRef', binding.roleRef, 'cannot change roleRef')];
  },
};

function subjectFaults(at: string, subject: Subject, bindingKind: string | undefined): FieldError[] {
  const { kind, name, namespace, apiGroup } = subject;
  if (kind === 'User' || kind === 'Group')
    return apiGroup === RBAC_GROUP ? [] : [notSupported(`${at}.apiGroup`, apiGroup, [RBAC_GROUP])];
  if (kind !== 'ServiceAccount')
    return kind ? [notSupported(`${at}.kind`, kind, ['ServiceAccount', 'User', 'Group'])] : [];
  const faults: FieldError[] = [];
  const nameFault = name ? dnsSubdomainFault(name) : undefined;
  if (nameFault !== undefined) faults.push(invalidValue(`${at}.name`, name, nameFault));
  if (apiGroup) faults.push(notSupported(`${at}.apiGroup`, apiGroup, ['']));
  if (!namespace && bindingKind === 'ClusterRoleBinding') faults.push(required(`${at}.namespace`));
  return faults;
}

/** Upstream's defaults: the RBAC group for references, users and groups; the binding's namespace for accounts. */
function completeBinding({ kind, metadata, roleRef, subjects }: BindingData): void {
  if (roleRef !== undefined) roleRef.apiGroup ||= RBAC_GROUP;
  for (const subject of subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= RBAC_GROUP;
    if (subject.kind === 'ServiceAccount' && kind === 'RoleBinding' && metadata.namespace)
      subject.namespace ||= metadata.namespace;
  }
}
