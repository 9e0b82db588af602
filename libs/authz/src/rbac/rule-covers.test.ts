import { describe, expect, test } from 'bun:test';
import type { PolicyRule } from '@hawser/api';
import { TooManyRightsError, uncoveredRules } from './rule-covers.ts';

const rule = (verbs: string, resources: string, resourceNames?: string): PolicyRule => ({
  verbs: verbs.split(' '),
  apiGroups: [''],
  resources: resources.split(' '),
  ...(resourceNames === undefined ? {} : { resourceNames: resourceNames.split(' ') }),
});
const path = (verbs: string, urls: string): PolicyRule => ({
  verbs: verbs.split(' '),
  nonResourceURLs: urls.split(' '),
});

const cases: { name: string; owned: PolicyRule[]; wanted: PolicyRule; lacks: PolicyRule[] }[] = [
  { name: 'itself', owned: [rule('get', 'pods')], wanted: rule('get', 'pods'), lacks: [] },
  { name: 'nothing by nothing', owned: [], wanted: rule('get', 'pods'), lacks: [rule('get', 'pods')] },
  {
    name: 'one by several',
    owned: [rule('get', 'pods'), rule('list', 'pods'), rule('get list', 'nodes')],
    wanted: rule('get list', 'pods nodes'),
    lacks: [],
  },
  {
    name: 'the rest is told',
    owned: [rule('get', 'pods')],
    wanted: rule('get list', 'pods'),
    lacks: [rule('list', 'pods')],
  },
  { name: 'everything by stars', owned: [rule('*', '*')], wanted: rule('get', 'pods/log a/b'), lacks: [] },
  {
    name: 'a star by no list',
    owned: [rule('get list', 'pods')],
    wanted: rule('*', 'pods'),
    lacks: [rule('*', 'pods')],
  },
  {
    name: 'a subresource by that of all',
    owned: [rule('get', '*/scale')],
    wanted: rule('get', 'x/scale'),
    lacks: [],
  },
  { name: 'names by all', owned: [rule('get', 'pods')], wanted: rule('get', 'pods', 'x y'), lacks: [] },
  {
    name: 'all by no names',
    owned: [rule('get', 'pods', 'x')],
    wanted: rule('get', 'pods'),
    lacks: [rule('get', 'pods')],
  },
  {
    name: 'only the names that are there',
    owned: [rule('get', 'pods', 'x')],
    wanted: rule('get', 'pods', 'x y'),
    lacks: [rule('get', 'pods', 'y')],
  },
  {
    name: 'paths by prefix',
    owned: [path('get', '/api/*')],
    wanted: path('get', '/api/v1 /api/*'),
    lacks: [],
  },
  {
    name: 'paths by themselves',
    owned: [path('get', '/a')],
    wanted: path('get', '/a /b'),
    lacks: [path('get', '/b')],
  },
];
for (const { name, owned, wanted, lacks } of cases)
  test(`covers: ${name}`, () => expect(uncoveredRules(owned, [wanted])).toEqual(lacks));

describe('a rule that stands for billions of rights', () => {
  const many = Array.from({ length: 250 }, (_, i) => `v${i}`);
  const billions = { verbs: many, apiGroups: many, resources: many, resourceNames: many };

  test('is told from the first that are missing', () => {
    expect(uncoveredRules([], [billions])).toHaveLength(1_000);
  });

  test('is covered by one that says as much', () => {
    const all = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };
    expect(uncoveredRules([all], [billions])).toEqual([]);
    expect(uncoveredRules([billions], [billions])).toEqual([]);
  });

  test('is too much to be put together of several', () => {
    const halves = [many.slice(0, 125), many.slice(125)].map((verbs) => ({ ...billions, verbs }));
    expect(() => uncoveredRules(halves, [billions])).toThrow(TooManyRightsError);
  });

  test('is one where it says the same again and again', () => {
    const same = many.map(() => 'x');
    const one = { verbs: same, apiGroups: same, resources: same, resourceNames: same };
    expect(uncoveredRules([], [one])).toEqual([
      { verbs: ['x'], apiGroups: ['x'], resources: ['x'], resourceNames: ['x'] },
    ]);
  });
});
