import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { allKinds } from '../kinds/all-kinds.ts';
import { PodSchema } from '../kinds/core/pod.ts';
import { PodDisruptionBudgetSchema } from '../kinds/policy/pod-disruption-budget.ts';
import type { AnyMessage } from '../schema/fields.ts';
import { objectsOf } from './objects-of.testing.ts';
import { PatchError } from './patch-error.ts';
import { applyStrategicMergePatch } from './strategic-merge-patch.ts';
import { threeWayPatch, twoWayPatch } from './three-way-patch.testing.ts';

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
    name: 'leaves alone what has the key of the item that is meant',
    object: {
      spec: {
        containers: [
          {
            name: 'a',
            ports: [
              { containerPort: 53, protocol: 'TCP' },
              { containerPort: 53, protocol: 'UDP' },
            ],
          },
        ],
      },
    },
    patch: { spec: { containers: [{ name: 'a', ports: [{ containerPort: 53, name: 'dns' }] }] } },
    result: {
      spec: {
        containers: [
          {
            name: 'a',
            ports: [
              { containerPort: 53, protocol: 'TCP', name: 'dns' },
              { containerPort: 53, protocol: 'UDP' },
            ],
          },
        ],
      },
    },
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

const refused: { name: string; patch: Json; message: string }[] = [
  {
    name: 'an item without its merge key',
    patch: { spec: { containers: [{ image: 'secret' }] } },
    message: 'map: map[image] does not contain declared merge key: name',
  },
  {
    name: 'a deletion without the merge key',
    patch: { spec: { containers: [{ $patch: 'delete' }] } },
    message: 'map: map[$patch] does not contain declared merge key: name',
  },
  {
    name: 'an unknown directive',
    patch: { spec: { $patch: 'shuffle', nodeName: 'n' } },
    message: 'unknown patch type: shuffle in map: map[nodeName]',
  },
  {
    name: 'an unknown directive in a list',
    patch: { spec: { containers: [{ name: 'a', $patch: 'shuffle' }] } },
    message: 'unknown patch type: shuffle in map: map[name]',
  },
  {
    name: 'a list told to be merged',
    patch: { spec: { containers: [{ name: 'a', $patch: 'merge' }] } },
    message: 'merging lists cannot yet be specified in the patch',
  },
  {
    name: 'an order that is no list',
    patch: { spec: { '$setElementOrder/containers': 'a', containers: containers('a') } },
    message: 'invalid patch format of setElementOrder list',
  },
  {
    name: 'deletions that are no list',
    patch: { metadata: { '$deleteFromPrimitiveList/finalizers': 'a' } },
    message: 'invalid patch format of primitive list',
  },
  {
    name: 'items that the order does not name',
    patch: { spec: { '$setElementOrder/containers': [{ name: 'b' }], containers: containers('a') } },
    message: "The order in patch list:\n[a]\n doesn't match $setElementOrder list:\n[b]\n",
  },
  {
    name: 'a patched field that is not retained',
    patch: { spec: { volumes: [{ name: 'v', $retainKeys: ['name'], emptyDir: {} }] } },
    message: 'invalid patch format of retainKeys',
  },
  {
    name: 'an item that is no object',
    patch: { spec: { containers: ['a'] } },
    message: 'expected a map, but received a string',
  },
];
describe('refuses', () => {
  const object = {
    metadata: { finalizers: ['a'] },
    spec: { containers: containers('a'), volumes: [{ name: 'v', hostPath: { path: '/' } }] },
  };
  for (const { name, patch, message } of refused)
    test(name, () => expect(() => apply(object, patch)).toThrow(new PatchError(message)));
});

test('a structure that is replaced is not merged', () => {
  const selector = (matchLabels: Json) => ({ spec: { minAvailable: 1, selector: { matchLabels } } });
  const patch = { spec: { selector: { matchLabels: { b: '2' } } } };
  const patched = applyStrategicMergePatch(PodDisruptionBudgetSchema, selector({ a: '1' }), patch);
  expect(patched).toEqual(selector({ b: '2' }));
});

describe('properties', () => {
  const tables: { name: string; schema: AnyMessage }[] = allKinds.map(({ kind, schema }) => ({
    name: kind,
    schema,
  }));

  test.each(tables)('the patch from one $name to another gives the other', ({ schema }) => {
    const objects = objectsOf(schema);
    fc.assert(
      fc.property(objects, objects, (from, to) => {
        const patch = twoWayPatch(schema, from, to);
        expect(applyStrategicMergePatch(schema, structuredClone(from), structuredClone(patch))).toEqual(to);
      }),
      { numRuns: 40 },
    );
  });

  test('what is applied prevails, what it no longer says goes, what others said stays', () => {
    const objects = objectsOf(PodSchema);
    fc.assert(
      fc.property(objects, objects, objects, (original, modified, current) => {
        const patch = threeWayPatch(PodSchema, original, modified, current);
        const result = apply(current, patch);
        const again = threeWayPatch(PodSchema, modified, modified, result);
        expect(apply(result, again)).toEqual(result);
        for (const key of ['labels', 'annotations'] as const) {
          const of = (object: Json) => ((object['metadata'] as Json | undefined)?.[key] ?? {}) as Json;
          if ((modified['metadata'] as Json | undefined)?.[key] === undefined) continue;
          for (const [name, value] of Object.entries(of(current)))
            if (!(name in of(original)) && !(name in of(modified)))
              expect(of(result)[name]).toEqual(value as never);
          for (const name of Object.keys(of(original)))
            if (!(name in of(modified))) expect(of(result)).not.toHaveProperty(name);
        }
      }),
    );
  });

  test('an empty patch changes nothing', () => {
    fc.assert(
      fc.property(objectsOf(PodSchema), (object) => expect(apply(object, {})).toEqual(object as never)),
    );
  });

  test('any JSON is merged or refused with a PatchError', () => {
    fc.assert(
      fc.property(
        objectsOf(PodSchema),
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

test('directives of very many items are followed in the time that their number takes', () => {
  const names = Array.from({ length: 60_000 }, (_, i) => `n${i}`);
  const env = names.map((name) => ({ name }));
  const metadata = { finalizers: names, labels: Object.fromEntries(names.map((name) => [name, ''])) };
  const deletions = names.slice(1).map((name) => ({ $patch: 'delete', name }));
  const result = apply(
    { metadata, spec: { containers: [{ name: 'c', env }] } },
    {
      metadata: { '$deleteFromPrimitiveList/finalizers': names.slice(1), labels: { $retainKeys: names } },
      spec: { containers: [{ name: 'c', env: deletions }] },
    },
  );
  expect(result).toEqual({
    metadata: { ...metadata, finalizers: ['n0'] },
    spec: { containers: [{ name: 'c', env: [{ name: 'n0' }] }] },
  });
});
