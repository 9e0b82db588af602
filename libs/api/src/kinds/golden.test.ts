import { describe, expect, test } from 'bun:test';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeObject } from '../decode/decode-object.ts';
import { decodeProtobuf, encodeProtobuf } from '../protobuf/protobuf.ts';
import type { AnyMessage, Field } from '../schema/fields.ts';
import { isPointer, keepsZero } from '../schema/go-shape.ts';
import type { TypeMeta } from '../schema/kind.ts';
import { allKinds, subresourceKinds } from './all-kinds.ts';
import { schemaFor } from './schema-for.ts';

/** Upstream's own serialised objects, every field of them set (tests/interop/golden/README.md). */
const golden = (file: string) => join(import.meta.dir, '../../../../tests/interop/golden', file);

/** Upstream has no golden of these. */
const WITHOUT_GOLDEN: Readonly<Record<string, string>> = {};

const kinds: readonly (TypeMeta & { group: string; version: string })[] = [
  ...allKinds,
  ...subresourceKinds,
  ...['Status', 'DeleteOptions'].map((kind) => ({ group: '', version: 'v1', apiVersion: 'v1', kind })),
];

describe('every kind, between JSON and protobuf', () => {
  for (const { group, version, apiVersion, kind } of kinds) {
    const name = `${group || 'core'}.${version}.${kind}`;
    if (name in WITHOUT_GOLDEN) continue;
    const schema = schemaFor(apiVersion, kind)!;

    test(`${name} has a golden, and no field of it is unknown`, () => {
      expect(existsSync(golden(`${name}.json`))).toBe(true);
      const unknown: string[] = [];
      decodeObject(schema, readGolden(name), unknown);
      expect(unknown).toEqual([]);
    });

    test(`${name} is written as upstream writes it, byte for byte`, () => {
      const object = { apiVersion, kind, ...decodeObject(schema, readGolden(name), []) };
      expect(hex(encodeProtobuf(object))).toBe(hex(readFileSync(golden(`${name}.pb`))));
    });

    test(`${name} is read from protobuf as from JSON`, () => {
      expect<object>(decodeProtobuf(readFileSync(golden(`${name}.pb`)))).toEqual(readGolden(name));
    });
  }
});

/** Of each field of Go's types, its protobuf number, `pointer` or `value`, and `omitempty` where JSON has it. */
const goTypes = JSON.parse(readFileSync(golden('go-fields.json'), 'utf8')) as Record<
  string,
  Readonly<Record<string, string>>
>;

const REMEDY = "the field's `keepsZero` and `pointer` (schema/fields.ts) must say what Go's type says";

describe('every table says what Go holds by pointer and what it leaves out of JSON', () => {
  for (const message of messagesOf(kinds.map(({ apiVersion, kind }) => schemaFor(apiVersion, kind)!)))
    test(message.name, () => {
      const goType = goTypes[message.name];
      expect(goType, `no Go type ${message.name} in golden/go-fields.json`).toBeDefined();
      for (const [name, field] of Object.entries(message.fields as Record<string, Field>))
        if (field.number !== 0)
          expect([name, ...factsOf(field)], REMEDY).toEqual([name, ...goFactsOf(goType!, name, field)]);
    });
});

/** Goes with a struct of Go's: `omitempty` has no effect on it. */
const STRUCTS = new Set(['time', 'microTime', 'quantity', 'duration', 'intOrString', 'object', 'fieldsV1']);

function factsOf(field: Field): string[] {
  const facts = [`${field.number}`];
  if (field.shape === 'one') facts.push(isPointer(field) ? 'pointer' : 'value');
  if (leavesOut(field)) facts.push(keepsZero(field) ? 'kept' : 'omitempty');
  return facts;
}

function goFactsOf(goType: Readonly<Record<string, string>>, name: string, field: Field): string[] {
  const found =
    field.shape === 'inline'
      ? Object.values(goType).find((facts) => facts.startsWith(`${field.number} `))
      : goType[name];
  const [number = 'unknown to Go', holding = '', omitempty] = found?.split(' ') ?? [];
  const facts = [number];
  if (field.shape === 'one') facts.push(holding);
  if (leavesOut(field)) facts.push(holding === 'pointer' || omitempty === undefined ? 'kept' : 'omitempty');
  return facts;
}

/** Whether JSON can leave a zero value of such a field out. */
function leavesOut({ shape, type }: Field): boolean {
  if (shape !== 'one') return shape === 'list';
  return typeof type === 'string' && !STRUCTS.has(type);
}

function messagesOf(roots: readonly AnyMessage[]): Set<AnyMessage> {
  const found = new Set<AnyMessage>();
  const visit = (message: AnyMessage) => {
    if (found.has(message)) return;
    found.add(message);
    for (const { type } of Object.values(message.fields as Record<string, Field>))
      if (typeof type !== 'string') visit(type);
  };
  roots.forEach(visit);
  return found;
}

const readGolden = (name: string) => JSON.parse(readFileSync(golden(`${name}.json`), 'utf8')) as TypeMeta;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
