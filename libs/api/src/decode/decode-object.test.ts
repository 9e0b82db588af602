import { expect, test } from 'bun:test';
import { ConfigMapSchema } from '../kinds/core/config-map.ts';
import { list, map, message, one } from '../schema/fields.ts';
import { applyDefaults } from './apply-defaults.ts';
import { DecodeError } from './decode-error.ts';
import { decodeObject } from './decode-object.ts';

const Port = message('x.Port', '', {
  port: one('int32', 1, ''),
  protocol: one('string', 2, '', { default: 'TCP' }),
});
const Thing = message('x.Thing', '', {
  ports: list(Port, 1, ''),
  limits: map('quantity', 2, ''),
  at: one('time', 3, ''),
  micro: one('microTime', 4, ''),
});

test('keeps what the table knows and reports what it does not', () => {
  const unknown: string[] = [];
  const decoded = decodeObject(
    ConfigMapSchema,
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', nmae: 'b' }, data: { k: 'v' }, dada: {} },
    unknown,
  );
  expect(decoded).toEqual({ metadata: { name: 'a' }, data: { k: 'v' } });
  expect(unknown).toEqual(['unknown field "metadata.nmae"', 'unknown field "dada"']);
});

test('brings quantities and times into their canonical form', () => {
  expect(
    decodeObject(
      Thing,
      {
        limits: { cpu: '1000m', memory: 1024 },
        at: '2026-01-02T03:04:05+01:00',
        micro: '2026-01-02T03:04:05.123Z',
      },
      [],
    ),
  ).toEqual({
    limits: { cpu: '1', memory: '1024' },
    at: '2026-01-02T02:04:05Z',
    micro: '2026-01-02T03:04:05.123000Z',
  });
});

const wrong: { name: string; value: unknown; message: string }[] = [
  {
    name: 'a number for text',
    value: { data: { a: 1 } },
    message: 'cannot unmarshal number into Go struct field data.a of type string',
  },
  {
    name: 'a list for a map',
    value: { data: [] },
    message: 'cannot unmarshal array into Go struct field data of type map',
  },
  { name: 'text for bool', value: { immutable: 'yes' }, message: 'of type bool' },
  {
    name: 'what is not base64',
    value: { binaryData: { a: '%' } },
    message: 'illegal base64 data at input byte 0',
  },
];
for (const { name, value, message: text } of wrong)
  test(`refuses ${name}`, () => {
    expect(() => decodeObject(ConfigMapSchema, value, [])).toThrow(DecodeError);
    expect(() => decodeObject(ConfigMapSchema, value, [])).toThrow(text);
  });

test('a key named __proto__ is a key', () => {
  const decoded = decodeObject(ConfigMapSchema, JSON.parse('{"data":{"__proto__":"x"}}'), []) as {
    data: object;
  };
  expect(Object.keys(decoded.data)).toEqual(['__proto__']);
  expect(Object.getPrototypeOf(decoded.data)).toBe(Object.prototype);
});

const nested = (depth: number): object => JSON.parse(`${'{"f:a":'.repeat(depth)}{}${'}'.repeat(depth)}`);
for (const [depth, taken] of [
  [100, true],
  [199, true],
  [201, false],
  [39_997, false],
] as const)
  test(`${taken ? 'takes' : 'refuses'} an object without a table that nests ${depth} deep`, () => {
    const value = { metadata: { managedFields: [{ fieldsV1: nested(depth) }] } };
    const decode = () => decodeObject(ConfigMapSchema, value, []);
    if (taken) decode();
    else expect(decode).toThrow(new DecodeError('json: exceeded max depth'));
  });

test('defaults fill what is present and absent in it', () => {
  const value = decodeObject(Thing, { ports: [{ port: 1 }, { port: 2, protocol: 'UDP' }] }, []);
  applyDefaults(Thing, value);
  expect(value).toEqual({
    ports: [
      { port: 1, protocol: 'TCP' },
      { port: 2, protocol: 'UDP' },
    ],
  });
});
