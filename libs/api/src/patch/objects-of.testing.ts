/** Random objects of a table, so alike that they often have fields and items in common; for tests. */
import fc from 'fast-check';
import type { JsonObject } from '../json-object.ts';
import type { AnyMessage, ElementType, Field, ScalarName } from '../schema/fields.ts';

const MAX_DEPTH = 6;
const FIELDS_OF_A_SORT = 3;

const scalars: Record<ScalarName, fc.Arbitrary<unknown>> = {
  string: fc.constantFrom('a', 'b', 'c'),
  bool: fc.boolean(),
  int32: fc.integer({ min: 1, max: 4 }),
  int64: fc.integer({ min: 1, max: 4 }),
  double: fc.constantFrom(1.5, 2.5),
  bytes: fc.constantFrom('YQ==', 'Yg=='),
  quantity: fc.constantFrom('1', '500m', '1Gi'),
  intOrString: fc.constantFrom(80, 'http'),
  time: fc.constantFrom('2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
  microTime: fc.constantFrom('2026-01-01T00:00:00.000000Z'),
  duration: fc.constantFrom('1m0s', '1h0m0s'),
  object: fc.constantFrom({}, { a: 1 }),
  fieldsV1: fc.constantFrom({}, { 'f:a': {} }),
  stringList: fc.constantFrom(['a'], ['a', 'b']),
};

/** Objects with a handful of the table's fields of each sort: lists that merge, maps, structures, the rest. */
export function objectsOf(message: AnyMessage): fc.Arbitrary<JsonObject> {
  // As they come over the wire: plain objects.
  return structures(message, 0).map((object) => JSON.parse(JSON.stringify(object)) as JsonObject);
}

function structures(message: AnyMessage, depth: number): fc.Arbitrary<JsonObject> {
  const shown = handful(flattened(message), depth);
  return fc.record(Object.fromEntries(shown.map(([name, field]) => [name, valuesOf(field, depth)])), {
    requiredKeys: [],
  }) as fc.Arbitrary<JsonObject>;
}

function flattened(message: AnyMessage): [string, Field][] {
  return Object.entries(message.fields as Record<string, Field>).flatMap(
    ([name, field]): [string, Field][] =>
      field.shape === 'inline' ? flattened(field.type as AnyMessage) : [[name, field]],
  );
}

function handful(fields: readonly [string, Field][], depth: number): [string, Field][] {
  const sortOf = ({ shape, type, options }: Field) =>
    options.mergeKey === undefined ? `${shape}:${typeof type}` : 'merged';
  const counts = new Map<string, number>();
  return fields.filter(([, field]) => {
    if (depth >= MAX_DEPTH && typeof field.type !== 'string') return false;
    const sort = sortOf(field);
    const count = (counts.get(sort) ?? 0) + 1;
    counts.set(sort, count);
    return count <= (sort === 'merged' ? 2 * FIELDS_OF_A_SORT : FIELDS_OF_A_SORT);
  });
}

function valuesOf(field: Field, depth: number): fc.Arbitrary<unknown> {
  const { shape, type, options } = field;
  const element = elementsOf(type, depth);
  if (shape === 'map') return fc.dictionary(fc.constantFrom('x', 'y', 'z'), element);
  if (shape === 'one') return element;
  const { mergeKey } = options;
  if (mergeKey === '') return fc.uniqueArray(element, { maxLength: 4 });
  if (mergeKey === undefined || typeof type === 'string') return fc.array(element, { maxLength: 2 });
  const keyField = flattened(type).find(([name]) => name === mergeKey)![1];
  const item = fc
    .tuple(valuesOf(keyField, depth), element)
    .map(([key, value]) => ({ ...(value as JsonObject), [mergeKey]: key }));
  return fc.uniqueArray(item, {
    maxLength: 4,
    selector: (value) => (value as Record<string, unknown>)[mergeKey],
  });
}

function elementsOf(type: ElementType, depth: number): fc.Arbitrary<unknown> {
  return typeof type === 'string' ? scalars[type] : structures(type, depth + 1);
}
