import { expect, test } from 'bun:test';
import type { ClusterRole, PolicyRule } from '@hawser/api';
import { aggregateRules } from './aggregate-rules.ts';

const rule = (verb: string): PolicyRule => ({ verbs: [verb], apiGroups: [''], resources: ['pods'] });
function clusterRole(
  name: string,
  parts: { labels?: string[]; from?: string[]; rules?: PolicyRule[] },
): ClusterRole {
  const { labels = [], from, rules } = parts;
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name, labels: Object.fromEntries(labels.map((label) => [label, 'true'])) },
    ...(rules === undefined ? {} : { rules }),
    ...(from === undefined
      ? {}
      : {
          aggregationRule: {
            clusterRoleSelectors: from.map((label) => ({ matchLabels: { [label]: 'true' } })),
          },
        }),
  };
}

test('a role without an aggregation rule has its own rules', () => {
  const role = clusterRole('a', { rules: [rule('get')] });
  expect(aggregateRules(role, [role])).toEqual([rule('get')]);
});

test('takes over the rules of the selected, by name, each once, and none of its own', () => {
  const all = [
    clusterRole('z', { labels: ['to'], rules: [rule('list')] }),
    clusterRole('b', { labels: ['to'], rules: [rule('get'), rule('list')] }),
    clusterRole('other', { rules: [rule('delete')] }),
  ];
  const role = clusterRole('a', { from: ['to'], rules: [rule('own')] });
  expect(aggregateRules(role, [role, ...all])).toEqual([rule('get'), rule('list')]);
});

test('aggregated roles may be aggregated in turn', () => {
  const admin = clusterRole('admin', { from: ['to-admin'] });
  const edit = clusterRole('edit', { from: ['to-edit'], labels: ['to-admin'] });
  const view = clusterRole('view', { from: ['to-view'], labels: ['to-edit'] });
  const parts = ['admin', 'edit', 'view'].map((name) =>
    clusterRole(`part-${name}`, { labels: [`to-${name}`], rules: [rule(name)] }),
  );
  const all = [admin, edit, view, ...parts];
  expect(aggregateRules(view, all)).toEqual([rule('view')]);
  expect(
    aggregateRules(admin, all)
      .map(({ verbs }) => verbs[0])
      .sort(),
  ).toEqual(['admin', 'edit', 'view']);
});

test('ends where roles select each other', () => {
  const a = clusterRole('a', { from: ['x'], labels: ['x'] });
  const b = clusterRole('b', { from: ['x'], labels: ['x'] });
  const leaf = clusterRole('leaf', { labels: ['x'], rules: [rule('get')] });
  expect(aggregateRules(a, [a, b, leaf])).toEqual([rule('get')]);
});

test('without selectors there is nothing', () => {
  const role = clusterRole('a', { from: [] });
  expect(aggregateRules(role, [role, clusterRole('b', { rules: [rule('get')] })])).toEqual([]);
});

test('a selector that cannot be used selects nothing, the others do', () => {
  const role = clusterRole('a', { from: ['to'] });
  for (const operator of ['Foo', 'constructor'])
    role.aggregationRule!.clusterRoleSelectors!.push({ matchExpressions: [{ key: 'x', operator }] });
  const part = clusterRole('b', { labels: ['to'], rules: [rule('get')] });
  expect(aggregateRules(role, [role, part])).toEqual([rule('get')]);
});
