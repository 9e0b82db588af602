import { expect, test } from 'bun:test';
import { readFileSync } from 'node:fs';
import type { ClusterRole, PolicyRule, Role } from '@hawser/api';
import { bootstrapPolicy } from './bootstrap-policy.ts';

/** What Hawser gives beyond upstream, and why; it takes away nothing. */
const MORE: Readonly<Record<string, { rights: readonly string[]; why: string }>> = {
  'system:controller:node-controller': {
    rights: ['get', 'list', 'watch'].map((verb) => `coordination.k8s.io leases ${verb}`),
    why: 'the loop watches Leases as itself; upstream shares informers that have every right to list',
  },
  'system:monitoring': {
    rights: [' nodes/metrics get'],
    why: 'who reads the metrics of the control plane reads those of the kubelets',
  },
  'system:aggregate-to-edit': {
    rights: ['create', 'delete', 'deletecollection', 'patch', 'update'].map(
      (verb) => `events.k8s.io events ${verb}`,
    ),
    why: 'the same Events under their other name',
  },
  'system:aggregate-to-view': {
    rights: ['get', 'list', 'watch'].map((verb) => `events.k8s.io events ${verb}`),
    why: 'the same Events under their other name',
  },
  'system:node': {
    rights: ['create', 'patch', 'update'].map((verb) => `events.k8s.io events ${verb}`),
    why: 'the same Events under their other name',
  },
  'system:kube-scheduler': { rights: [], why: 'not compared: its rules hang on features of upstream' },
};

/** Rules as rights of one verb, one group, one resource and one name, or of one path. */
function rightsOf(rules: readonly PolicyRule[]): readonly string[] {
  const rights = rules.flatMap(
    ({ verbs, apiGroups = [], resources = [], resourceNames, nonResourceURLs = [] }) =>
      verbs.flatMap((verb) => [
        ...nonResourceURLs.map((url) => `${url} ${verb}`),
        ...apiGroups.flatMap((group) =>
          resources.flatMap((resource) =>
            (resourceNames ?? ['']).map((name) => `${group} ${resource}${name && ` [${name}]`} ${verb}`),
          ),
        ),
      ]),
  );
  return [...new Set(rights)].sort();
}

const list = (text: string) => text.split(',').map((each) => (each === '""' ? '' : each));

function readRule(line: string): PolicyRule {
  const parts = line.split(' : ');
  if (parts.length === 2) return { nonResourceURLs: list(parts[0]!), verbs: list(parts[1]!) };
  const [groups, what, verbs] = parts as [string, string, string];
  const [, resources, names] = /^(\S+)(?: \[(.+)\])?$/.exec(what)!;
  return {
    ...{ apiGroups: list(groups), resources: list(resources!), verbs: list(verbs) },
    ...(names === undefined ? {} : { resourceNames: list(names) }),
  };
}

function readUpstream(): Map<string, PolicyRule[]> {
  const text = readFileSync(new URL('testdata/upstream-roles.txt', import.meta.url), 'utf8');
  const roles = new Map<string, PolicyRule[]>();
  let rules: PolicyRule[] = [];
  for (const line of text.split('\n').filter((each) => each !== '' && !each.startsWith('#')))
    if (line.startsWith('  ')) rules.push(readRule(line.trim()));
    else {
      rules = [];
      roles.set(line, rules);
    }
  return roles;
}

const nameOf = ({ metadata }: Role | ClusterRole) =>
  metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
const ours: ReadonlyMap<string, Role | ClusterRole> = new Map(
  [...bootstrapPolicy.clusterRoles, ...bootstrapPolicy.roles].map((role) => [nameOf(role), role]),
);
const upstream = readUpstream();

test('there is every default role of upstream, and no other', () => {
  const compared = [...ours.keys()].filter((name) => name !== 'system:kube-scheduler');
  expect(compared.sort()).toEqual([...upstream.keys()].sort());
});

for (const [name, rules] of upstream)
  test(`${name} gives what upstream's does`, () => {
    const expected = [...rightsOf(rules), ...(MORE[name]?.rights ?? [])].sort();
    expect(rightsOf(ours.get(name)?.rules ?? [])).toEqual(expected);
  });

test('every controller is bound to its role, and to no other', () => {
  const prefix = 'system:controller:';
  const roles = bootstrapPolicy.clusterRoles.filter(({ metadata }) => metadata.name.startsWith(prefix));
  for (const { metadata } of roles) {
    const account = metadata.name.slice(prefix.length);
    const bindings = bootstrapPolicy.clusterRoleBindings.filter(({ subjects = [] }) =>
      subjects.some((subject) => subject.kind === 'ServiceAccount' && subject.name === account),
    );
    expect(bindings.map(({ roleRef, subjects }) => [roleRef.name, subjects])).toEqual([
      [metadata.name, [{ kind: 'ServiceAccount', name: account, namespace: 'kube-system' }]],
    ]);
  }
});
