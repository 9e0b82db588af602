import { expect, test } from 'bun:test';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from '@hawser/api';
import type { Identity } from '@hawser/authn';
import { StaticLister } from '@hawser/authn/testing';
import fc from 'fast-check';
import type { Attributes } from '../authorizer.ts';
import { RbacAuthorizer } from './rbac-authorizer.ts';
import { ruleAllows } from './rule-allows.ts';
import { uncoveredRules } from './rule-covers.ts';

/** Few values of each sort, so that they often meet. */
const some = (...values: string[]) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
const namespaces = fc.constantFrom('a', 'b');
const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${apiGroup}/v1`;

const rules: fc.Arbitrary<PolicyRule> = fc.oneof(
  fc.record({
    verbs: some('get', 'list', '*'),
    apiGroups: some('', 'apps', '*'),
    resources: some('pods', 'pods/log', '*/scale', 'deployments', '*'),
    resourceNames: fc.option(some('x', 'y'), { nil: undefined }),
  }),
  fc.record({ verbs: some('get', 'post', '*'), nonResourceURLs: some('/', '/a', '/a/*', '/a*', '*') }),
);
const subjects: fc.Arbitrary<Subject> = fc.oneof(
  fc.record({ kind: fc.constant('User'), name: fc.constantFrom('u', 'v', 'system:serviceaccount:a:s') }),
  fc.record({ kind: fc.constant('Group'), name: fc.constantFrom('g', 'h') }),
  fc.record({
    kind: fc.constant('ServiceAccount'),
    name: fc.constantFrom('s', 't'),
    namespace: fc.constantFrom('a', 'b', undefined),
  }),
);
const names = fc.constantFrom('1', '2', '3');
const kinds = fc.constantFrom('Role', 'ClusterRole');
const roles: fc.Arbitrary<Role> = fc
  .record({ namespace: namespaces, name: names, rules: fc.array(rules, { maxLength: 3 }) })
  .map(({ rules, ...metadata }) => ({ apiVersion, kind: 'Role', metadata, rules }));
const clusterRoles: fc.Arbitrary<ClusterRole> = fc
  .record({ name: names, rules: fc.array(rules, { maxLength: 3 }) })
  .map(({ rules, name }) => ({ apiVersion, kind: 'ClusterRole', metadata: { name }, rules }));
const given = { name: names, kind: kinds, role: names, subjects: fc.array(subjects, { maxLength: 3 }) };
const roleBindings: fc.Arbitrary<RoleBinding> = fc
  .record({ ...given, namespace: namespaces })
  .map(({ name, namespace, kind, role, subjects }) => ({
    ...{ apiVersion, kind: 'RoleBinding', metadata: { name, namespace } },
    ...{ roleRef: { apiGroup, kind, name: role }, subjects },
  }));
const clusterRoleBindings: fc.Arbitrary<ClusterRoleBinding> = fc
  .record(given)
  .map(({ name, kind, role, subjects }) => ({
    ...{ apiVersion, kind: 'ClusterRoleBinding', metadata: { name } },
    ...{ roleRef: { apiGroup, kind, name: role }, subjects },
  }));
const identities: fc.Arbitrary<Identity> = fc.record({
  name: fc.constantFrom('u', 'v', 'system:serviceaccount:a:s', 'system:serviceaccount:b:t'),
  groups: fc.subarray(['g', 'h']),
  extra: fc.constant({}),
});
const requests: fc.Arbitrary<Omit<Attributes, 'identity'>> = fc.oneof(
  fc.record({
    verb: fc.constantFrom('get', 'list', 'delete'),
    resourceRequest: fc.constant(true),
    apiGroup: fc.constantFrom('', 'apps'),
    resource: fc.constantFrom('pods', 'deployments'),
    subresource: fc.constantFrom('', 'log', 'scale'),
    namespace: fc.constantFrom('', 'a', 'b'),
    name: fc.constantFrom('', 'x', 'z'),
    path: fc.constant(''),
  }),
  fc.record({
    verb: fc.constantFrom('get', 'post'),
    resourceRequest: fc.constant(false),
    apiGroup: fc.constant(''),
    resource: fc.constant(''),
    subresource: fc.constant(''),
    namespace: fc.constant(''),
    name: fc.constant(''),
    path: fc.constantFrom('/', '/a', '/a/b', '/ab', '/c'),
  }),
);

interface Objects {
  roles: Role[];
  clusterRoles: ClusterRole[];
  roleBindings: RoleBinding[];
  clusterRoleBindings: ClusterRoleBinding[];
}

/** RBAC as one would explain it, without an index: every binding, every subject, every rule. */
function plainly(objects: Objects, identity: Identity, request: Omit<Attributes, 'identity'>): boolean {
  const isSubject = ({ kind, name, namespace }: Subject, home: string) => {
    if (kind === 'Group') return identity.groups.includes(name);
    if (kind === 'User') return identity.name === name;
    const at = namespace ?? home;
    return at !== '' && identity.name === ['system', 'serviceaccount', at, name].join(':');
  };
  const has = (list: string[] | undefined, value: string) =>
    (list ?? []).some((each) => each === '*' || each === value);
  const permits = (rule: PolicyRule) => {
    if (!has(rule.verbs, request.verb)) return false;
    if (!request.resourceRequest)
      return (rule.nonResourceURLs ?? []).some((url) =>
        url.endsWith('*') ? request.path.startsWith(url.slice(0, -1)) : url === request.path,
      );
    const { resource, subresource } = request;
    const wanted = subresource === '' ? [resource] : [`${resource}/${subresource}`, `*/${subresource}`];
    const nameFits = rule.resourceNames === undefined || rule.resourceNames.includes(request.name);
    return (
      has(rule.apiGroups, request.apiGroup) && wanted.some((each) => has(rule.resources, each)) && nameFits
    );
  };
  const clusterRulesOf = (name: string) =>
    objects.clusterRoles.filter((role) => role.metadata.name === name).flatMap((role) => role.rules ?? []);
  const rulesOf = (namespace: string, name: string) =>
    objects.roles
      .filter((role) => role.metadata.name === name && role.metadata.namespace === namespace)
      .flatMap((role) => role.rules ?? []);
  const everywhere = objects.clusterRoleBindings.some(
    ({ roleRef, subjects = [] }) =>
      roleRef.kind === 'ClusterRole' &&
      subjects.some((subject) => isSubject(subject, '')) &&
      clusterRulesOf(roleRef.name).some(permits),
  );
  const here = objects.roleBindings.some(({ metadata, roleRef, subjects = [] }) => {
    const home = metadata.namespace!;
    const given = roleRef.kind === 'Role' ? rulesOf(home, roleRef.name) : clusterRulesOf(roleRef.name);
    const applies = home === request.namespace && subjects.some((subject) => isSubject(subject, home));
    return applies && given.some(permits);
  });
  return everywhere || here;
}

/** Objects as a store holds them: one of a name. */
const byName = { selector: ({ metadata }: Role | ClusterRole) => JSON.stringify(metadata) };
const worlds: fc.Arbitrary<Objects> = fc.record({
  roles: fc.uniqueArray(roles, byName),
  clusterRoles: fc.uniqueArray(clusterRoles, byName),
  roleBindings: fc.uniqueArray(roleBindings, byName),
  clusterRoleBindings: fc.uniqueArray(clusterRoleBindings, byName),
});

test('decides as the plain reading of the rules does', () => {
  fc.assert(
    fc.property(worlds, fc.array(fc.tuple(identities, requests), { minLength: 1 }), (objects, questions) => {
      const authorizer = new RbacAuthorizer({
        roles: new StaticLister(objects.roles),
        clusterRoles: new StaticLister(objects.clusterRoles),
        roleBindings: new StaticLister(objects.roleBindings),
        clusterRoleBindings: new StaticLister(objects.clusterRoleBindings),
      });
      for (const [identity, request] of questions) {
        const { verdict } = authorizer.authorize({ ...request, identity });
        expect(verdict === 'allow').toBe(plainly(objects, identity, request));
      }
    }),
    { numRuns: 500 },
  );
});

test('rules that cover others allow whatever these allow', () => {
  const identity: Identity = { name: 'u', groups: [], extra: {} };
  fc.assert(
    fc.property(fc.array(rules, { maxLength: 3 }), rules, fc.array(requests), (owned, wanted, questions) => {
      fc.pre(uncoveredRules(owned, [wanted]).length === 0);
      for (const request of questions)
        if (ruleAllows(wanted, { ...request, identity }))
          expect(owned.some((rule) => ruleAllows(rule, { ...request, identity }))).toBe(true);
    }),
    { numRuns: 300, maxSkipsPerRun: 10_000 },
  );
});
