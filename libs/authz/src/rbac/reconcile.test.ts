import { expect, test } from 'bun:test';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Subject } from '@hawser/api';
import { reconcileRole } from './reconcile-role.ts';
import { reconcileRoleBinding } from './reconcile-role-binding.ts';

const apiVersion = 'rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';
const AUTO = 'rbac.authorization.kubernetes.io/autoupdate';
const rule = (verb: string): PolicyRule => ({ verbs: [verb], apiGroups: [''], resources: ['pods'] });
const metadata = { name: 'r', labels: { l: '1' }, annotations: { [AUTO]: 'true' } };
const role = (changes: Partial<ClusterRole> = {}): ClusterRole => ({
  apiVersion,
  kind: 'ClusterRole',
  metadata,
  rules: [rule('get'), rule('list')],
  ...changes,
});
const user = (name: string): Subject => ({ kind: 'User', apiGroup, name });
const binding = (changes: Partial<ClusterRoleBinding> = {}): ClusterRoleBinding => ({
  apiVersion,
  kind: 'ClusterRoleBinding',
  metadata,
  roleRef: { apiGroup, kind: 'ClusterRole', name: 'r' },
  subjects: [user('a')],
  ...changes,
});
const off = { ...metadata, annotations: { [AUTO]: 'false' } };
const aggregation = (...labels: string[]) => ({
  clusterRoleSelectors: labels.map((label) => ({ matchLabels: { [label]: 'true' } })),
});

test('a role that is not there is created', () => {
  expect(reconcileRole(undefined, role())).toEqual({ operation: 'create', object: role() });
});

test('a role as desired is left alone', () => {
  expect(reconcileRole(role(), role())).toEqual({ operation: 'none' });
});

test('a role that has more is left alone', () => {
  const existing = role({ rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] });
  expect(reconcileRole(existing, role())).toEqual({ operation: 'none' });
});

test('rules that a role lacks are added, its own stay', () => {
  const existing = role({ rules: [rule('delete'), rule('get')] });
  expect(reconcileRole(existing, role())).toEqual({
    operation: 'update',
    object: role({ rules: [rule('delete'), rule('get'), rule('list')] }),
  });
});

test('labels and annotations that a role lacks are added, its own stay', () => {
  const existing = role({ metadata: { name: 'r', uid: 'u', labels: { l: '2', m: '3' } } });
  expect(reconcileRole(existing, role())).toMatchObject({
    operation: 'update',
    object: { metadata: { uid: 'u', labels: { l: '2', m: '3' }, annotations: { [AUTO]: 'true' } } },
  });
});

test('a role that an administrator keeps is left alone', () => {
  expect(reconcileRole(role({ metadata: off, rules: [] }), role())).toEqual({ operation: 'none' });
});

test('selectors that a role lacks are added', () => {
  const existing = role({ aggregationRule: aggregation('own') });
  const desired = role({ rules: undefined, aggregationRule: aggregation('theirs') });
  expect(reconcileRole(existing, desired)).toMatchObject({
    operation: 'update',
    object: { aggregationRule: aggregation('own', 'theirs') },
  });
  expect(reconcileRole(desired, desired)).toEqual({ operation: 'none' });
});

test('a binding that is not there is created', () => {
  expect(reconcileRoleBinding(undefined, binding())).toEqual({ operation: 'create', object: binding() });
});

test('subjects that a binding lacks are added, its own stay', () => {
  const existing = binding({ subjects: [user('b')] });
  expect(reconcileRoleBinding(existing, binding())).toEqual({
    operation: 'update',
    object: binding({ subjects: [user('b'), user('a')] }),
  });
  expect(reconcileRoleBinding(binding({ subjects: [user('a'), user('b')] }), binding())).toEqual({
    operation: 'none',
  });
});

test('a binding to another role is made anew', () => {
  const existing = binding({ roleRef: { apiGroup, kind: 'ClusterRole', name: 'other' } });
  expect(reconcileRoleBinding(existing, binding())).toEqual({ operation: 'recreate', object: binding() });
});

test('a binding that an administrator keeps is left alone, whatever it binds', () => {
  const roleRef = { apiGroup, kind: 'ClusterRole', name: 'other' };
  expect(reconcileRoleBinding(binding({ metadata: off, roleRef }), binding())).toEqual({ operation: 'none' });
});
