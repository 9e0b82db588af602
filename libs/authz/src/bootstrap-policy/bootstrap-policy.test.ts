import { expect, test } from 'bun:test';
import type { ClusterRole } from '@hawser/api';
import type { Identity } from '@hawser/authn';
import { StaticLister } from '@hawser/authn/testing';
import { RbacAuthorizer } from '../rbac/rbac-authorizer.ts';
import { bootstrapPolicy } from './bootstrap-policy.ts';

const { clusterRoles, clusterRoleBindings, roles, roleBindings } = bootstrapPolicy;

const bind = (role: string, namespace: string) => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'RoleBinding',
  metadata: { name: role, namespace },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ kind: 'User', name: role }],
});
const authorizer = new RbacAuthorizer({
  roles: new StaticLister(roles),
  roleBindings: new StaticLister([
    ...roleBindings,
    ...['admin', 'edit', 'view'].map((role) => bind(role, 'ns')),
  ]),
  clusterRoles: new StaticLister(clusterRoles),
  clusterRoleBindings: new StaticLister(clusterRoleBindings),
});
const authenticated = (name: string, ...groups: string[]): Identity => ({
  name,
  groups: [...groups, 'system:authenticated'],
  extra: {},
});
const account = (name: string) =>
  authenticated(`system:serviceaccount:kube-system:${name}`, 'system:serviceaccounts');
const anonymous: Identity = { name: 'system:anonymous', groups: ['system:unauthenticated'], extra: {} };

function may(identity: Identity, question: string): boolean {
  const [verb, what, where = '-/-'] = question.split(' ') as [string, string, string?];
  const part = (text: string, at: number) => {
    const value = text.split(':')[at] ?? '';
    return value === '-' ? '' : value;
  };
  const [namespace = '', ...name] = where.split('/').map((each) => (each === '-' ? '' : each));
  return (
    authorizer.authorize({
      ...{
        identity,
        verb,
        resourceRequest: !what.startsWith('/'),
        path: what,
        namespace,
        name: name.join('/'),
      },
      ...{ apiGroup: part(what, 0), resource: part(what, 1), subresource: part(what, 2) },
    }).verdict === 'allow'
  );
}

const cases: { who: Identity; yes: string[]; no: string[] }[] = [
  {
    who: anonymous,
    yes: ['get /healthz', 'get /livez', 'get /readyz', 'get /version', 'get /version/'],
    no: ['get /api', 'get /apis', 'get /openapi/v3', 'get /metrics', 'get /readyz/etcd', 'list -:pods'],
  },
  {
    who: authenticated('u'),
    yes: [
      'get /api/v1',
      'get /apis',
      'get /openapi/v3/apis/apps/v1',
      'create authorization.k8s.io:selfsubjectaccessreviews',
      'create authentication.k8s.io:selfsubjectreviews',
    ],
    no: [
      'list -:namespaces',
      'get /.well-known/openid-configuration',
      'create authentication.k8s.io:tokenreviews',
    ],
  },
  {
    who: authenticated('view'),
    yes: [
      'list -:pods ns/-',
      'get -:pods:log ns/p',
      'get -:configmaps ns/c',
      'list events.k8s.io:events ns/-',
    ],
    no: [
      'get -:secrets ns/s',
      'create -:pods ns/-',
      'create -:pods:exec ns/p',
      'list -:pods other/-',
      'list -:pods',
    ],
  },
  {
    who: authenticated('edit'),
    yes: [
      'create -:pods ns/-',
      'get -:secrets ns/s',
      'create -:pods:exec ns/p',
      'list -:pods ns/-',
      'create -:serviceaccounts:token ns/s',
      'update coordination.k8s.io:leases ns/l',
    ],
    no: [
      'create rbac.authorization.k8s.io:rolebindings ns/-',
      'update -:endpoints ns/e',
      'create -:namespaces ns/-',
      'update -:resourcequotas ns/q',
    ],
  },
  {
    who: authenticated('admin'),
    yes: ['create rbac.authorization.k8s.io:rolebindings ns/-', 'create -:pods ns/-', 'get -:pods:log ns/p'],
    no: ['create rbac.authorization.k8s.io:clusterroles ns/-', 'create -:pods other/-'],
  },
  { who: authenticated('a', 'system:masters'), yes: ['delete -:nodes -/n', 'post /anything'], no: [] },
  {
    who: authenticated('system:node:n', 'system:nodes'),
    yes: [],
    no: ['get -:secrets ns/s', 'list -:pods', 'create -:nodes'],
  },
  {
    who: account('certificate-controller'),
    yes: [
      'update certificates.k8s.io:certificatesigningrequests:approval -/c',
      'approve certificates.k8s.io:signers -/kubernetes.io/kube-apiserver-client-kubelet',
      'sign certificates.k8s.io:signers -/kubernetes.io/kubelet-serving',
    ],
    no: ['approve certificates.k8s.io:signers -/kubernetes.io/kubelet-serving', 'get -:secrets ns/s'],
  },
  {
    who: account('token-cleaner'),
    yes: ['delete -:secrets kube-system/bootstrap-token-x'],
    no: ['delete -:secrets ns/s'],
  },
  {
    who: account('bootstrap-signer'),
    yes: ['update -:configmaps kube-public/cluster-info', 'list -:secrets kube-system/-'],
    no: ['update -:configmaps kube-public/other', 'update -:configmaps kube-system/cluster-info'],
  },
  { who: account('any'), yes: ['get /openid/v1/jwks', 'get /.well-known/openid-configuration'], no: [] },
  {
    who: authenticated('system:kube-scheduler'),
    yes: [
      'create -:pods:binding ns/p',
      'update coordination.k8s.io:leases kube-system/kube-scheduler',
      'list -:nodes',
    ],
    no: ['get -:secrets ns/s', 'update coordination.k8s.io:leases ns/other'],
  },
  {
    who: authenticated('system:kube-controller-manager'),
    yes: ['watch -:secrets', 'create -:serviceaccounts:token kube-system/job-controller'],
    no: ['create -:pods ns/-', 'update -:nodes -/n'],
  },
  {
    who: authenticated('system:bootstrap:abcdef', 'system:bootstrappers'),
    yes: [],
    no: ['create certificates.k8s.io:certificatesigningrequests'],
  },
];
for (const { who, yes, no } of cases)
  test(`${who.name} has what upstream gives`, () => {
    expect(yes.filter((question) => !may(who, question))).toEqual([]);
    expect(no.filter((question) => may(who, question))).toEqual([]);
  });

test('every binding binds a role that there is', () => {
  const clusterRoleNames = new Set(clusterRoles.map(({ metadata }) => metadata.name));
  const roleNames = new Set(roles.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  for (const { roleRef } of clusterRoleBindings) expect(clusterRoleNames).toContain(roleRef.name);
  for (const { roleRef, metadata } of roleBindings)
    expect(roleNames).toContain(`${metadata.namespace}/${roleRef.name}`);
});

test('no name stands there twice, and every object is marked', () => {
  for (const objects of [clusterRoles, clusterRoleBindings, roles, roleBindings]) {
    const names = objects.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    expect(new Set(names).size).toBe(names.length);
    for (const { metadata } of objects)
      expect(metadata).toMatchObject({
        labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
        annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
      });
  }
});

test('no rule is without effect', () => {
  const all: readonly Pick<ClusterRole, 'rules'>[] = [...clusterRoles, ...roles];
  for (const rule of all.flatMap(({ rules = [] }) => rules)) {
    expect(rule.verbs.length).toBeGreaterThan(0);
    const onResources = (rule.apiGroups ?? []).length > 0 && (rule.resources ?? []).length > 0;
    expect(onResources || (rule.nonResourceURLs ?? []).length > 0).toBe(true);
  }
});
