import { expect, test } from 'bun:test';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from '@hawser/api';
import type { Identity } from '@hawser/authn';
import { StaticLister } from '@hawser/authn/testing';
import type { Attributes } from '../authorizer.ts';
import { RbacAuthorizer } from './rbac-authorizer.ts';

const apiVersion = 'rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';
const role = (namespace: string, name: string, rules: PolicyRule[]): Role => ({
  apiVersion,
  kind: 'Role',
  metadata: { name, namespace },
  rules,
});
const clusterRole = (name: string, rules: PolicyRule[], rest: Partial<ClusterRole> = {}): ClusterRole => ({
  apiVersion,
  kind: 'ClusterRole',
  metadata: { name },
  rules,
  ...rest,
});
const clusterBinding = (name: string, roleRef: string, ...subjects: Subject[]): ClusterRoleBinding => ({
  apiVersion,
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup, ...reference(roleRef) },
  subjects,
});
const binding = (namespace: string, name: string, roleRef: string, ...subjects: Subject[]): RoleBinding => ({
  apiVersion,
  kind: 'RoleBinding',
  metadata: { name, namespace },
  roleRef: { apiGroup, ...reference(roleRef) },
  subjects,
});
/** `ClusterRole/x` or `Role/x`. */
const reference = (text: string) => {
  const [kind, name] = text.split('/') as [string, string];
  return { kind, name };
};
const group = (name: string): Subject => ({ kind: 'Group', apiGroup, name });
const user = (name: string): Subject => ({ kind: 'User', apiGroup, name });
const account = (name: string, namespace?: string): Subject => ({ kind: 'ServiceAccount', name, namespace });
const who = (name: string, ...groups: string[]): Identity => ({ name, groups, extra: {} });

const everything: PolicyRule[] = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];
const readPods: PolicyRule[] = [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }];

/** `get apps/deployments/scale ns/name`, with `-` for what is empty, or `get /path`. */
function asks(identity: Identity, question: string): Attributes {
  const [verb, what, where = '-/-'] = question.split(' ') as [string, string, string?];
  const none = { apiGroup: '', resource: '', subresource: '', namespace: '', name: '', path: '' };
  if (what.startsWith('/')) return { identity, verb, resourceRequest: false, ...none, path: what };
  const [apiGroup, resource, subresource = ''] = what.split('/').map((part) => (part === '-' ? '' : part));
  const [namespace, name] = where.split('/').map((part) => (part === '-' ? '' : part));
  return {
    ...{ identity, verb, resourceRequest: true, path: '' },
    ...{ apiGroup: apiGroup!, resource: resource!, subresource, namespace: namespace!, name: name! },
  };
}

interface World {
  roles?: Role[];
  roleBindings?: RoleBinding[];
  clusterRoles?: ClusterRole[];
  clusterRoleBindings?: ClusterRoleBinding[];
}

function world({ roles, roleBindings, clusterRoles, clusterRoleBindings }: World) {
  const listers = {
    roles: new StaticLister(roles),
    roleBindings: new StaticLister(roleBindings),
    clusterRoles: new StaticLister(clusterRoles),
    clusterRoleBindings: new StaticLister(clusterRoleBindings),
  };
  return { ...listers, authorizer: new RbacAuthorizer(listers) };
}

const rulesOfOne = (rules: PolicyRule[]) =>
  world({
    clusterRoles: [clusterRole('r', rules)],
    clusterRoleBindings: [clusterBinding('b', 'ClusterRole/r', user('u'))],
  }).authorizer;

const matching: { name: string; rules: PolicyRule[]; yes: string[]; no: string[] }[] = [
  {
    name: 'verbs, groups and resources are exact',
    rules: [{ verbs: ['get'], apiGroups: ['apps'], resources: ['deployments'] }],
    yes: ['get apps/deployments', 'get apps/deployments a/b'],
    no: [
      'list apps/deployments',
      'get -/deployments',
      'get apps/deployments/scale',
      'get apps/daemonsets',
      'get /',
    ],
  },
  {
    name: 'a star stands for all of its sort',
    rules: everything,
    yes: ['get -/pods', 'escalate rbac.authorization.k8s.io/clusterroles', 'get -/pods/log a/b'],
    no: ['get /healthz'],
  },
  {
    name: 'a subresource must be named',
    rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods/log'] }],
    yes: ['get -/pods/log a/b'],
    no: ['get -/pods a/b', 'get -/pods/exec a/b', 'get -/services/log a/b'],
  },
  {
    name: 'a subresource of all resources',
    rules: [{ verbs: ['get'], apiGroups: ['*'], resources: ['*/scale'] }],
    yes: ['get apps/deployments/scale a/b', 'get -/replicationcontrollers/scale a/b'],
    no: ['get apps/deployments a/b', 'get -/pods/log a/b', 'get -/pods/upscale a/b'],
  },
  {
    name: 'names limit a rule, and exclude collections',
    rules: [{ verbs: ['*'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['x', 'y'] }],
    yes: ['get -/configmaps a/x', 'update -/configmaps b/y', 'list -/configmaps a/x'],
    no: ['get -/configmaps a/z', 'list -/configmaps a/-', 'create -/configmaps a/-'],
  },
  {
    name: 'paths are exact unless they end in a star',
    rules: [{ verbs: ['get'], nonResourceURLs: ['/healthz', '/api/*', '/metrics*'] }],
    yes: ['get /healthz', 'get /api/', 'get /api/v1', 'get /metrics', 'get /metrics/slis'],
    no: ['get /healthz/etcd', 'get /api', 'post /healthz', 'get /', 'get -/pods'],
  },
];
for (const { name, rules, yes, no } of matching)
  test(name, () => {
    const authorizer = rulesOfOne(rules);
    const verdict = (question: string) => authorizer.authorize(asks(who('u'), question)).verdict;
    expect(yes.filter((question) => verdict(question) !== 'allow')).toEqual([]);
    expect(no.filter((question) => verdict(question) !== 'no-opinion')).toEqual([]);
  });

const bound: {
  name: string;
  world: World;
  identity: Identity;
  question: string;
  reason: string | undefined;
}[] = [
  {
    name: 'a ClusterRoleBinding to a group',
    world: {
      clusterRoles: [clusterRole('y', readPods)],
      clusterRoleBindings: [clusterBinding('x', 'ClusterRole/y', user('v'), group('z'))],
    },
    identity: who('u', 'z'),
    question: 'get -/pods a/b',
    reason: 'RBAC: allowed by ClusterRoleBinding "x" of ClusterRole "y" to Group "z"',
  },
  {
    name: 'the first subject that applies is named',
    world: {
      clusterRoles: [clusterRole('y', readPods)],
      clusterRoleBindings: [clusterBinding('x', 'ClusterRole/y', group('z'), user('u'))],
    },
    identity: who('u', 'z'),
    question: 'list -/pods',
    reason: 'RBAC: allowed by ClusterRoleBinding "x" of ClusterRole "y" to Group "z"',
  },
  {
    name: 'a RoleBinding to a Role',
    world: { roles: [role('a', 'y', readPods)], roleBindings: [binding('a', 'x', 'Role/y', user('u'))] },
    identity: who('u'),
    question: 'get -/pods a/b',
    reason: 'RBAC: allowed by RoleBinding "x/a" of Role "y" to User "u"',
  },
  {
    name: 'a RoleBinding to a Role gives nothing in other namespaces',
    world: { roles: [role('a', 'y', readPods)], roleBindings: [binding('a', 'x', 'Role/y', user('u'))] },
    identity: who('u'),
    question: 'get -/pods b/b',
    reason: undefined,
  },
  {
    name: 'a RoleBinding to a ClusterRole gives it in its namespace',
    world: {
      clusterRoles: [clusterRole('y', everything)],
      roleBindings: [binding('a', 'x', 'ClusterRole/y', user('u'))],
    },
    identity: who('u'),
    question: 'delete -/pods a/b',
    reason: 'RBAC: allowed by RoleBinding "x/a" of ClusterRole "y" to User "u"',
  },
  {
    name: 'a RoleBinding to a ClusterRole gives nothing cluster-wide',
    world: {
      clusterRoles: [clusterRole('y', everything)],
      roleBindings: [binding('a', 'x', 'ClusterRole/y', user('u'))],
    },
    identity: who('u'),
    question: 'list -/pods',
    reason: undefined,
  },
  {
    name: 'a service account',
    world: {
      clusterRoles: [clusterRole('y', readPods)],
      clusterRoleBindings: [clusterBinding('x', 'ClusterRole/y', account('robot', 'a'))],
    },
    identity: who('system:serviceaccount:a:robot'),
    question: 'get -/pods b/c',
    reason: 'RBAC: allowed by ClusterRoleBinding "x" of ClusterRole "y" to ServiceAccount "robot/a"',
  },
  {
    name: "a service account of the RoleBinding's own namespace",
    world: {
      roles: [role('a', 'y', readPods)],
      roleBindings: [binding('a', 'x', 'Role/y', account('robot'))],
    },
    identity: who('system:serviceaccount:a:robot'),
    question: 'get -/pods a/c',
    reason: 'RBAC: allowed by RoleBinding "x/a" of Role "y" to ServiceAccount "robot/a"',
  },
  {
    name: 'a service account without a namespace in a ClusterRoleBinding is nobody',
    world: {
      clusterRoles: [clusterRole('y', readPods)],
      clusterRoleBindings: [clusterBinding('x', 'ClusterRole/y', account('robot'))],
    },
    identity: who('system:serviceaccount::robot'),
    question: 'get -/pods b/c',
    reason: undefined,
  },
  {
    name: 'a user is not a group of the same name',
    world: {
      clusterRoles: [clusterRole('y', readPods)],
      clusterRoleBindings: [clusterBinding('x', 'ClusterRole/y', group('u'))],
    },
    identity: who('u'),
    question: 'get -/pods b/c',
    reason: undefined,
  },
  {
    name: 'an aggregated ClusterRole',
    world: {
      clusterRoles: [
        clusterRole('y', [], { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: 'y' } }] } }),
        clusterRole('part', readPods, { metadata: { name: 'part', labels: { to: 'y' } } }),
      ],
      clusterRoleBindings: [clusterBinding('x', 'ClusterRole/y', user('u'))],
    },
    identity: who('u'),
    question: 'get -/pods b/c',
    reason: 'RBAC: allowed by ClusterRoleBinding "x" of ClusterRole "y" to User "u"',
  },
];
for (const { name, world: objects, identity, question, reason } of bound)
  test(name, () => {
    const decision = world(objects).authorizer.authorize(asks(identity, question));
    expect(decision).toEqual(
      reason === undefined ? { verdict: 'no-opinion', reason: '' } : { verdict: 'allow', reason },
    );
  });

test('bindings to roles that do not exist give nothing, and a refusal names them', () => {
  const { authorizer } = world({
    roles: [role('a', 'local', everything)],
    clusterRoleBindings: [
      clusterBinding('1', 'ClusterRole/gone', user('u')),
      clusterBinding('2', 'Role/local', user('u')),
    ],
    roleBindings: [binding('a', '3', 'Role/gone', user('u'))],
  });
  expect(authorizer.authorize(asks(who('u'), 'get -/pods a/b'))).toEqual({
    verdict: 'no-opinion',
    reason:
      'RBAC: [clusterrole.rbac.authorization.k8s.io "gone" not found, role.rbac.authorization.k8s.io "local" not found, role.rbac.authorization.k8s.io "gone" not found]',
  });
});

test('changes count at once, for those who were asked about before too', () => {
  const it = world({ clusterRoles: [clusterRole('y', readPods)] });
  const identity = who('u');
  const verdict = () => it.authorizer.authorize(asks(identity, 'get -/pods a/b')).verdict;
  expect(verdict()).toBe('no-opinion');
  it.clusterRoleBindings.put(clusterBinding('x', 'ClusterRole/y', user('u')));
  expect(verdict()).toBe('allow');
  it.clusterRoles.put(clusterRole('y', []));
  expect(verdict()).toBe('no-opinion');
  it.roleBindings.put(binding('a', 'x', 'Role/z', user('u')));
  it.roles.put(role('a', 'z', readPods));
  expect(verdict()).toBe('allow');
  it.roles.delete('a', 'z');
  expect(verdict()).toBe('no-opinion');
});

test('lists the rules of somebody in a namespace', () => {
  const { authorizer } = world({
    clusterRoles: [clusterRole('y', [{ verbs: ['get'], nonResourceURLs: ['/x'] }])],
    clusterRoleBindings: [clusterBinding('x', 'ClusterRole/y', user('u'))],
    roles: [role('a', 'z', readPods)],
    roleBindings: [binding('a', 'x', 'Role/z', user('u')), binding('a', 'w', 'Role/gone', user('u'))],
  });
  expect(authorizer.rulesFor(who('u'), 'a')).toEqual({
    resourceRules: readPods as never,
    nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }],
    incomplete: false,
    evaluationError: 'role.rbac.authorization.k8s.io "gone" not found',
  });
  expect(authorizer.rulesFor(who('u'), 'b')).toMatchObject({ resourceRules: [] });
});
