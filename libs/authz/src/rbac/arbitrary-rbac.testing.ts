import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from '@hawser/api';
import { type Identity, serviceAccountGroups } from '@hawser/authn';
import fc from 'fast-check';
import type { Request, World } from './plain-rbac.testing.ts';

/** Few values of each sort, so that they often meet. */
const some = (...values: string[]) =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
const namespaces = fc.constantFrom('a', 'b');
const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${apiGroup}/v1`;
const names = fc.constantFrom('1', '2', '3', '4');
const labels = fc.dictionary(fc.constantFrom('l', 'm'), fc.constant('true'), { maxKeys: 2 });

export const rules: fc.Arbitrary<PolicyRule> = fc.oneof(
  fc.record({
    verbs: some('get', 'list', '*'),
    apiGroups: some('', 'apps', '*'),
    resources: some('pods', 'pods/log', '*/scale', 'deployments', '*'),
    resourceNames: fc.option(some('x', 'y'), { nil: undefined }),
  }),
  fc.record({ verbs: some('get', 'post', '*'), nonResourceURLs: some('/', '/a', '/a/*', '/a*', '/*', '*') }),
);

const subjects: fc.Arbitrary<Subject> = fc.oneof(
  fc.record({ kind: fc.constant('User'), name: fc.constantFrom('u', 'v', 'system:serviceaccount:a:s') }),
  fc.record({
    kind: fc.constant('Group'),
    name: fc.constantFrom('g', 'h', 'system:serviceaccounts', 'system:serviceaccounts:a'),
  }),
  fc.record({
    kind: fc.constant('ServiceAccount'),
    name: fc.constantFrom('s', 't'),
    namespace: fc.constantFrom('a', 'b', undefined),
  }),
);

const roles: fc.Arbitrary<Role> = fc
  .record({ namespace: namespaces, name: names, rules: fc.array(rules, { maxLength: 3 }) })
  .map(({ rules, ...metadata }) => ({ apiVersion, kind: 'Role', metadata, rules }));

const clusterRoles: fc.Arbitrary<ClusterRole> = fc
  .record({
    name: names,
    labels,
    rules: fc.array(rules, { maxLength: 3 }),
    selectors: fc.option(fc.array(labels, { minLength: 1, maxLength: 2 }), { nil: undefined, freq: 3 }),
  })
  .map(({ rules, selectors, ...metadata }) => ({
    ...{ apiVersion, kind: 'ClusterRole', metadata, rules },
    ...(selectors && {
      aggregationRule: { clusterRoleSelectors: selectors.map((matchLabels) => ({ matchLabels })) },
    }),
  }));

const given = { name: names, role: names, subjects: fc.array(subjects, { maxLength: 3 }) };
const roleBindings: fc.Arbitrary<RoleBinding> = fc
  .record({ ...given, namespace: namespaces, kind: fc.constantFrom('Role', 'ClusterRole') })
  .map(({ name, namespace, kind, role, subjects }) => ({
    ...{ apiVersion, kind: 'RoleBinding', metadata: { name, namespace } },
    ...{ roleRef: { apiGroup, kind, name: role }, subjects },
  }));
const clusterRoleBindings: fc.Arbitrary<ClusterRoleBinding> = fc
  .record(given)
  .map(({ name, role, subjects }) => ({
    ...{ apiVersion, kind: 'ClusterRoleBinding', metadata: { name } },
    ...{ roleRef: { apiGroup, kind: 'ClusterRole', name: role }, subjects },
  }));

/** One object of a name. */
const byName = { selector: ({ metadata }: Role | RoleBinding) => `${metadata.namespace}/${metadata.name}` };

export const worlds: fc.Arbitrary<World> = fc.record({
  roles: fc.uniqueArray(roles, byName),
  clusterRoles: fc.uniqueArray(clusterRoles, byName),
  roleBindings: fc.uniqueArray(roleBindings, byName),
  clusterRoleBindings: fc.uniqueArray(clusterRoleBindings, byName),
});

const accounts: fc.Arbitrary<Identity> = fc
  .tuple(namespaces, fc.constantFrom('s', 't'))
  .map(([namespace, name]) => ({
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: serviceAccountGroups(namespace),
    extra: {},
  }));
const users: fc.Arbitrary<Identity> = fc.record({
  name: fc.constantFrom('u', 'v'),
  groups: fc.subarray(['g', 'h']),
  extra: fc.constant({}),
});
export const identities: fc.Arbitrary<Identity> = fc.oneof(users, accounts);

const resourceRequest = (parts: Partial<Request>): Request => ({
  ...{
    verb: '',
    resourceRequest: true,
    apiGroup: '',
    resource: '',
    subresource: '',
    namespace: '',
    name: '',
  },
  path: '',
  ...parts,
});
const pathRequest = (verb: string, path: string): Request =>
  resourceRequest({ verb, path, resourceRequest: false });

/** In each place what rules speak of, and one that none does. */
const VERBS = ['get', 'list', 'post', 'other'];
const GROUPS = ['', 'apps', 'other'];
const RESOURCES = ['pods', 'deployments', 'other'];
const SUBRESOURCES = ['', 'log', 'scale', 'other'];
const NAMES = ['', 'x', 'y', 'other'];
const PATHS = ['/', '/a', '/a/', '/a/b', '/ab', '/c/a', 'other'];

/** Every request that can be told from others by rules as above; without namespaces, of which rules know nothing. */
export const universe: readonly Request[] = [
  ...VERBS.flatMap((verb) =>
    GROUPS.flatMap((group) =>
      RESOURCES.flatMap((resource) =>
        SUBRESOURCES.flatMap((subresource) =>
          NAMES.map((name) => resourceRequest({ verb, apiGroup: group, resource, subresource, name })),
        ),
      ),
    ),
  ),
  ...VERBS.flatMap((verb) => PATHS.map((path) => pathRequest(verb, path))),
];

export const requests: fc.Arbitrary<Request> = fc
  .tuple(fc.constantFrom(...universe), fc.constantFrom('', 'a', 'b', 'c'))
  .map(([request, namespace]) => (request.resourceRequest ? { ...request, namespace } : request));
