import { expect, test } from 'bun:test';
import type { ObjectMeta } from '@hawser/api';
import type { Resource } from '@hawser/client';
import { OwnershipGraph } from './ownership-graph.ts';

const configMaps: Resource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};
const nodes: Resource = { group: '', version: 'v1', kind: 'Node', plural: 'nodes', namespaced: false };

const newGraph = () =>
  new OwnershipGraph((_, kind) => [configMaps, nodes].find((resource) => resource.kind === kind));

function meta(
  name: string,
  owners: string[] = [],
  more: Partial<ObjectMeta> & { blocks?: boolean } = {},
): ObjectMeta {
  const { blocks = true, ...rest } = more;
  const reference = (owner: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: owner,
    uid: `uid-${owner}`,
    blockOwnerDeletion: blocks,
  });
  return { name, namespace: 'x', uid: `uid-${name}`, ownerReferences: owners.map(reference), ...rest };
}

const deleted = (finalizers: string[] = []) => ({ deletionTimestamp: '2026-01-01T00:00:00Z', finalizers });

test('an owner that was seen first needs no look', () => {
  const graph = newGraph();
  graph.observe(configMaps, meta('owner'));
  expect([...graph.observe(configMaps, meta('child', ['owner'])).examine]).toEqual([]);
});

test('an owner that was not seen is looked for, and is itself when it shows', () => {
  const graph = newGraph();
  expect([...graph.observe(configMaps, meta('child', ['owner'])).examine]).toEqual(['uid-owner']);
  expect(graph.get('uid-owner')?.isVirtual).toBe(true);
  graph.observe(configMaps, meta('owner'));
  expect(graph.get('uid-owner')?.isVirtual).toBe(false);
  expect([...graph.get('uid-owner')!.dependents]).toEqual(['uid-child']);
});

test('when an owner goes, its dependents are looked at', () => {
  const graph = newGraph();
  graph.observe(configMaps, meta('owner'));
  graph.observe(configMaps, meta('a', ['owner']));
  graph.observe(configMaps, meta('b', ['owner']));
  expect([...graph.remove('uid-owner').examine].sort()).toEqual(['uid-a', 'uid-b']);
});

test('a reference under another name than its owner has is looked at', () => {
  const graph = newGraph();
  graph.observe(configMaps, meta('owner'));
  const child = meta('child', ['owner']);
  child.ownerReferences![0]!.name = 'another';
  expect([...graph.observe(configMaps, child).examine]).toEqual(['uid-child']);
});

test('a reference from another namespace is looked at', () => {
  const graph = newGraph();
  graph.observe(configMaps, meta('owner'));
  expect([...graph.observe(configMaps, meta('child', ['owner'], { namespace: 'y' })).examine]).toEqual([
    'uid-child',
  ]);
});

test('foreground deletion looks at the dependents, and at the owner as each goes', () => {
  const graph = newGraph();
  graph.observe(configMaps, meta('owner'));
  graph.observe(configMaps, meta('child', ['owner']));
  const work = graph.observe(configMaps, meta('owner', [], deleted(['foregroundDeletion'])));
  expect([...work.examine].sort()).toEqual(['uid-child', 'uid-owner']);
  expect([...graph.remove('uid-child').examine]).toEqual(['uid-owner']);
});

test('an owner that waits is looked at when a dependent stops blocking it', () => {
  const graph = newGraph();
  graph.observe(configMaps, meta('child', ['owner']));
  graph.observe(configMaps, meta('owner', [], deleted(['foregroundDeletion'])));
  expect([...graph.observe(configMaps, meta('child', ['owner'], { blocks: false })).examine]).toEqual([
    'uid-owner',
  ]);
  expect([...graph.observe(configMaps, meta('child')).examine]).toEqual(['uid-owner']);
});

test('orphaning deletion is told apart', () => {
  const graph = newGraph();
  const work = graph.observe(configMaps, meta('owner', [], deleted(['orphan'])));
  expect([...work.orphan]).toEqual(['uid-owner']);
  expect([...work.examine]).toEqual([]);
});

test('a virtual owner that nobody names any more is forgotten', () => {
  const graph = newGraph();
  graph.observe(configMaps, meta('child', ['owner']));
  graph.observe(configMaps, meta('child'));
  expect(graph.get('uid-owner')).toBeUndefined();
});

test('an object whose owner is of an unknown kind is looked at', () => {
  const graph = new OwnershipGraph(() => undefined);
  expect([...graph.observe(configMaps, meta('child', ['owner'])).examine]).toEqual(['uid-child']);
});

test('who joins the dependents of an owner that was not seen has it looked for again', () => {
  const graph = newGraph();
  graph.observe(configMaps, meta('first', ['owner']));
  expect([...graph.observe(configMaps, meta('second', ['owner'])).examine]).toEqual(['uid-owner']);
  expect([...graph.observe(configMaps, meta('second', ['owner'])).examine]).toEqual([]);
});

test('references into another namespace are told, whichever of the two is seen first', () => {
  const misplaced = [{ dependent: 'uid-child', owner: 'uid-owner' }];
  const child = meta('child', ['owner'], { namespace: 'y' });
  const ownerFirst = newGraph();
  ownerFirst.observe(configMaps, meta('owner'));
  expect(ownerFirst.observe(configMaps, child).misplaced).toEqual(misplaced);
  const childFirst = newGraph();
  childFirst.observe(configMaps, child);
  const work = childFirst.observe(configMaps, meta('owner'));
  expect(work.misplaced).toEqual(misplaced);
  expect([...work.examine]).toEqual(['uid-child']);
});
