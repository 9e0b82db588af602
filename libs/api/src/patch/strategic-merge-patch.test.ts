import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { PodSchema } from '../kinds/core/pod.ts';
import { PatchError } from './patch-error.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';

type Json = Record<string, unknown>;
const apply = (object: Json, patch: Json) =>
  applyStrategicMergePatch(PodSchema, structuredClone(object), structuredClone(patch));
const containers = (...names: string[]) => names.map((name) => ({ name, image: 'i' }));

const cases: { name: string; object: Json; patch: Json; result: Json }[] = [
  {
    name: 'merges objects and takes nulls for deletions',
    object: { metadata: { labels: { a: '1', b: '2' } } },
    patch: { metadata: { labels: { b: null, c: '3', d: null } } },
    result: { metadata: { labels: { a: '1', c: '3' } } },
  },
  {
    name: 'merges a list by its key, new items behind',
    object: { spec: { containers: containers('a', 'b') } },
    patch: {
      spec: {
        containers: [
          { name: 'b', image: 'new' },
          { name: 'c', image: 'i', command: null },
        ],
      },
    },
    result: { spec: { containers: [...containers('a'), { name: 'b', image: 'new' }, ...containers('c')] } },
  },
  {
    name: 'deletes an item of a merged list',
    object: { spec: { containers: containers('a', 'b') } },
    patch: { spec: { containers: [{ name: 'a', $patch: 'delete' }] } },
    result: { spec: { containers: containers('b') } },
  },
  {
    name: 'replaces a merged list',
    object: { spec: { containers: containers('a', 'b') } },
    patch: { spec: { containers: [{ $patch: 'replace' }, { name: 'c', image: 'i' }] } },
    result: { spec: { containers: containers('c') } },
  },
  {
    name: 'replaces an object',
    object: { metadata: { labels: { a: '1' }, name: 'x' } },
    patch: { metadata: { labels: { $patch: 'replace', b: '2' } } },
    result: { metadata: { labels: { b: '2' }, name: 'x' } },
  },
  {
    name: 'replaces lists without a merge key',
    object: { spec: { tolerations: [{ key: 'a' }], containers: [{ name: 'a', args: ['1', '2'] }] } },
    patch: { spec: { tolerations: [{ key: 'b' }], containers: [{ name: 'a', args: ['3'] }] } },
    result: { spec: { tolerations: [{ key: 'b' }], containers: [{ name: 'a', args: ['3'] }] } },
  },
  {
    name: 'merges lists of scalars, and deletes from them',
    object: { metadata: { finalizers: ['a', 'b'] } },
    patch: {
      metadata: {
        '$deleteFromPrimitiveList/finalizers': ['a'],
        finalizers: ['c'],
        '$setElementOrder/finalizers': ['c', 'b'],
      },
    },
    result: { metadata: { finalizers: ['c', 'b'] } },
  },
  {
    name: 'puts items in the order asked for, others where they stood',
    object: { spec: { containers: containers('a', 'server', 'b') } },
    patch: {
      spec: {
        '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }],
        containers: [{ name: 'a', image: 'new' }],
      },
    },
    result: {
      spec: {
        containers: [...containers('server', 'b'), { name: 'a', image: 'new' }],
      },
    },
  },
  {
    name: 'keeps only what is retained of a volume',
    object: { spec: { volumes: [{ name: 'v', emptyDir: {} }] } },
    patch: {
      spec: { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] },
    },
    result: { spec: { volumes: [{ name: 'v', hostPath: { path: '/x' } }] } },
  },
  {
    name: 'finds merge keys in embedded structures and deeper lists',
    object: {
      spec: { containers: [{ name: 'a', env: [{ name: 'X', value: '1' }], ports: [{ containerPort: 80 }] }] },
    },
    patch: {
      spec: {
        containers: [
          { name: 'a', env: [{ name: 'Y', value: '2' }], ports: [{ containerPort: 80, name: 'web' }] },
        ],
      },
    },
    result: {
      spec: {
        containers: [
          {
            name: 'a',
            env: [
              { name: 'Y', value: '2' },
              { name: 'X', value: '1' },
            ],
            ports: [{ containerPort: 80, name: 'web' }],
          },
        ],
      },
    },
  },
];
describe('a strategic merge patch', () => {
  for (const { name, object, patch, result } of cases)
    test(name, () => expect(apply(object, patch)).toEqual(result));
});

const refused: { name: string; patch: Json }[] = [
  { name: 'an item without its merge key', patch: { spec: { containers: [{ image: 'i' }] } } },
  { name: 'an unknown directive', patch: { spec: { $patch: 'shuffle' } } },
  {
    name: 'an unknown directive in a list',
    patch: { spec: { containers: [{ name: 'a', $patch: 'merge' }] } },
  },
  {
    name: 'an order that is no list',
    patch: { spec: { '$setElementOrder/containers': 'a', containers: containers('a') } },
  },
  {
    name: 'items that the order does not name',
    patch: { spec: { '$setElementOrder/containers': [{ name: 'b' }], containers: containers('a') } },
  },
  {
    name: 'a patched field that is not retained',
    patch: { spec: { volumes: [{ name: 'v', $retainKeys: ['name'], emptyDir: {} }] } },
  },
  { name: 'an item that is no object', patch: { spec: { containers: ['a'] } } },
];
describe('refuses', () => {
  const object = { spec: { containers: containers('a'), volumes: [{ name: 'v', hostPath: { path: '/' } }] } };
  for (const { name, patch } of refused)
    test(name, () => expect(() => apply(object, patch)).toThrow(PatchError));
});

describe('properties', () => {
  const label = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'));
  const container = fc.record(
    { name: fc.constantFrom('a', 'b', 'c', 'd'), image: fc.constantFrom('x', 'y') },
    { requiredKeys: ['name'] },
  );
  const unique = <T extends { name: string }>(arbitrary: fc.Arbitrary<T>) =>
    fc.uniqueArray(arbitrary, { selector: ({ name }) => name });
  const pod = fc.record({
    metadata: fc.record({ labels: label }),
    spec: fc.record({ containers: unique(container), nodeName: fc.constantFrom('n', 'm') }),
  });

  /** The patch that kubectl makes of two states: what changed, what went, and the order in which all is to stand. */
  const diffMap = (from: Json, to: Json): Json => ({
    ...Object.fromEntries(
      Object.keys(from)
        .filter((key) => !(key in to))
        .map((key) => [key, null]),
    ),
    ...to,
  });
  const diff = (
    from: { metadata: { labels: Json }; spec: { containers: { name: string }[] } },
    to: typeof from,
  ): Json => ({
    metadata: { labels: diffMap(from.metadata.labels, to.metadata.labels) },
    spec: {
      ...to.spec,
      '$setElementOrder/containers': to.spec.containers.map(({ name }) => ({ name })),
      containers: [
        ...to.spec.containers.map((wanted) =>
          diffMap(
            (from.spec.containers.find(({ name }) => name === wanted.name) ?? {}) as Json,
            wanted as Json,
          ),
        ),
        ...from.spec.containers
          .filter(({ name }) => !to.spec.containers.some((kept) => kept.name === name))
          .map(({ name }) => ({ name, $patch: 'delete' })),
      ],
    },
  });

  test('the patch from one state to another gives the other', () => {
    fc.assert(
      fc.property(pod, pod, (from, to) =>
        expect(apply(from, diff(from as never, to as never))).toEqual(to as never),
      ),
    );
  });

  test('an empty patch changes nothing', () => {
    fc.assert(fc.property(pod, (object) => expect(apply(object, {})).toEqual(object as never)));
  });

  test('any JSON is merged or refused with a PatchError', () => {
    fc.assert(
      fc.property(
        pod,
        fc.dictionary(fc.constantFrom('metadata', 'spec', 'status', '$patch', '$retainKeys'), fc.jsonValue()),
        (object, patch) => {
          try {
            apply(object, patch as Json);
          } catch (error) {
            if (!(error instanceof PatchError)) throw error;
          }
        },
      ),
    );
  });
});
