import { test } from 'bun:test';
import fc from 'fast-check';
import { decodeObject } from '../decode/decode-object.ts';
import { allKinds, subresourceKinds } from '../kinds/all-kinds.ts';
import type { AnyMessage, Field, ScalarName } from '../schema/fields.ts';
import { isPointer, keepsZero } from '../schema/go-shape.ts';
import { decodeMessage } from './decode-message.ts';
import { encodeMessage } from './encode-message.ts';

/** Deep enough for what is nested in all kinds but a pod's, whose depth the goldens show. */
const MAX_DEPTH = 5;

const moment = fc.date({
  min: new Date('1970-01-01T00:00:00Z'),
  max: new Date('2200-01-01T00:00:00Z'),
  noInvalidDate: true,
});
const raw = fc.dictionary(fc.string({ maxLength: 5 }), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 });

/** Any JSON that decoding takes for each type; zeroes often. */
const SCALARS: { readonly [S in ScalarName]: fc.Arbitrary<unknown> } = {
  string: fc.oneof(fc.constant(''), fc.string({ unit: 'binary', maxLength: 8 })),
  bool: fc.boolean(),
  int32: fc.oneof(fc.constant(0), fc.integer()),
  int64: fc.oneof(fc.constant(0), fc.maxSafeInteger()),
  double: fc.oneof(fc.constant(0), fc.double({ noNaN: true, noDefaultInfinity: true })),
  bytes: fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  quantity: fc.oneof(fc.constantFrom('0', '1.5', '500m', '1Gi', '2e3', '-1k'), fc.integer()),
  intOrString: fc.oneof(fc.constant(0), fc.integer(), fc.string({ maxLength: 5 })),
  time: moment.map((date) => date.toISOString()),
  microTime: moment.map((date) => date.toISOString()),
  duration: fc.constantFrom('0', '1h30m', '1.5s', '20ms', '-3m'),
  object: raw,
  fieldsV1: raw,
  stringList: fc.array(fc.string({ maxLength: 3 }), { maxLength: 2 }),
};

/** Objects of a table, with any of its fields, and those without which none is valid. */
function objectOf(message: AnyMessage, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const fields = fieldsOf(message).filter(([, { type }]) => typeof type === 'string' || depth > 0);
  const record = Object.fromEntries(fields.map(([name, field]) => [name, anyOf(field, depth)]));
  const requiredKeys = fields.filter(([, field]) => isNeeded(field)).map(([name]) => name);
  return fc.record(record, { requiredKeys });
}

function anyOf({ shape, type }: Field, depth: number): fc.Arbitrary<unknown> {
  const element =
    typeof type === 'string'
      ? SCALARS[type]
      : fc.constant(null).chain(() => objectOf(type as AnyMessage, depth - 1));
  if (shape === 'list') return fc.array(element, { maxLength: 2 });
  if (shape === 'map') return fc.dictionary(fc.string({ maxLength: 4 }), element, { maxKeys: 2 });
  return element;
}

/** Go shows it whether or not it was set. */
const isNeeded = (field: Field) =>
  field.shape === 'one' && typeof field.type === 'string' && keepsZero(field) && !isPointer(field);

/** The fields that both forms carry. */
function fieldsOf(message: AnyMessage): [string, Field][] {
  return Object.entries(message.fields as Record<string, Field>).flatMap(([name, field]) => {
    if (field.shape === 'inline') return fieldsOf(field.type as AnyMessage);
    return field.number === 0 ? [] : [[name, field]];
  });
}

for (const { apiVersion, kind, schema } of [...allKinds, ...subresourceKinds])
  test(`${apiVersion} ${kind}: whatever is taken from JSON can be written as protobuf, and reads the same`, () =>
    fc.assert(
      fc.property(objectOf(schema, MAX_DEPTH), (given) => {
        const object = decodeObject(schema, given, []);
        const read = decodeObject(schema, decodeMessage(schema, encodeMessage(schema, object)), []);
        if (!Bun.deepEquals(withoutEmpty(read), withoutEmpty(object), true))
          throw new Error(`${JSON.stringify(read)} instead of ${JSON.stringify(object)}`);
      }),
      { numRuns: 12 },
    ));

/** Protobuf does not tell an empty list from none; JSON does where Go's tag has no `omitempty`. */
function withoutEmpty(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, item) =>
    Array.isArray(item) && item.length === 0 ? undefined : item,
  );
}
