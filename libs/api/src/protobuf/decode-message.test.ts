import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { inline, list, map, message, one } from '../schema/fields.ts';
import { decodeMessage } from './decode-message.ts';
import { encodeMessage } from './encode-message.ts';
import { ProtobufError } from './protobuf-error.ts';

const Source = message('x.Source', '', { path: one('string', 1, ''), empty: one('bool', 2, '') });
const Rest = message('x.Rest', '', {
  count: one('int32', 1, ''),
  said: one('int32', 2, '', { keepsZero: true }),
});
const Thing = message('x.Thing', '', {
  name: one('string', 1, '', { required: true }),
  note: one('string', 2, ''),
  on: one('bool', 3, '', { keepsZero: true }),
  source: inline(Source, 4),
  rest: one(Rest, 5, ''),
  status: one(Rest, 6, '', { keepsZero: false }),
  rests: list(Rest, 7, ''),
  numbers: list('int64', 8, ''),
  words: list('string', 9, ''),
  labels: map('string', 10, ''),
  limits: map('quantity', 11, ''),
  extra: map('stringList', 12, ''),
  structures: map(Rest, 13, ''),
  at: one('time', 14, ''),
  micro: one('microTime', 15, ''),
  port: one('intOrString', 16, '', { keepsZero: true }),
  data: one('bytes', 17, ''),
  raw: one('object', 18, ''),
  ratio: one('double', 19, ''),
  every: one('duration', 20, '', { keepsZero: true }),
  jsonOnly: one('string', 0, ''),
});

const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const decode = (hex: string) => decodeMessage(Thing, bytes(hex));

describe('decodeMessage', () => {
  const cases: { name: string; hex: string; is: Record<string, unknown> }[] = [
    { name: 'nothing', hex: '', is: {} },
    { name: 'an empty string that must be there', hex: '0a00', is: { name: '' } },
    { name: 'an empty string that nobody set as absent', hex: '1200', is: {} },
    { name: 'a false that was said', hex: '1800', is: { on: false } },
    { name: 'the last of several values', hex: '120161 120162', is: { note: 'b' } },
    { name: 'a zero after a value as absent', hex: '120161 1200', is: {} },
    { name: 'embedded fields as the parent’s own', hex: '2203 0a0161', is: { path: 'a' } },
    { name: 'a structure that is empty but was set', hex: '2a00', is: { rest: {} } },
    { name: 'a structure that Go always writes', hex: '3204 0800 1000', is: { status: { said: 0 } } },
    {
      name: 'a structure in two parts as one',
      hex: '2a020801 2a021002',
      is: { rest: { count: 1, said: 2 } },
    },
    { name: 'items that are empty', hex: '3a00 3a00', is: { rests: [{}, {}] } },
    { name: 'numbers one by one', hex: '4001 40ffffffffffffffffff01', is: { numbers: [1, -1] } },
    { name: 'numbers packed', hex: '4202 0102', is: { numbers: [1, 2] } },
    { name: 'empty words', hex: '4a00', is: { words: [''] } },
    { name: 'a map', hex: '5206 0a0161 120162', is: { labels: { a: 'b' } } },
    {
      name: 'map entries without key or value',
      hex: '5200 5a00 6200 6a00',
      is: { labels: { '': '' }, limits: { '': '0' }, extra: { '': [] }, structures: { '': {} } },
    },
    { name: 'a time', hex: '7206 08c0ddc8b106', is: { at: '2024-05-01T12:00:00Z' } },
    { name: 'the zero time as absent', hex: '7200 7a00', is: {} },
    { name: 'microseconds', hex: '7a04 0800 1001', is: { micro: '1970-01-01T00:00:00.000000Z' } },
    { name: 'a port by number', hex: '820104 08001050', is: { port: 80 } },
    { name: 'a port by name', hex: '82010608011a0268 74', is: { port: 'ht' } },
    { name: 'bytes as base64', hex: '8a0102ff00', is: { data: '/wA=' } },
    { name: 'raw JSON', hex: '9201090a077b2261223a317d', is: { raw: { a: 1 } } },
    { name: 'fields of other versions as not there', hex: 'f80701 120161', is: { note: 'a' } },
  ];
  for (const { name, hex, is } of cases) test(`reads ${name}`, () => expect(decode(hex)).toEqual(is));

  const refused: { name: string; hex: string }[] = [
    { name: 'a string where a number stands', hex: '1001' },
    { name: 'a number where a string stands', hex: '1a00' },
    { name: 'a quantity that is none', hex: '5a06 1204 0a026767' },
    { name: 'a time beyond the calendar', hex: '7207 08ffffffffff7f' },
    { name: 'raw bytes that are not JSON', hex: '9201030a017b' },
    { name: 'raw bytes that are no object', hex: '9201030a0131' },
  ];
  for (const { name, hex } of refused)
    test(`refuses ${name}`, () => expect(() => decode(hex)).toThrow(ProtobufError));

  test('never sets a prototype through a map', () => {
    const decoded = decodeMessage(Thing, encodeMessage(Thing, { labels: JSON.parse('{"__proto__":"x"}') }));
    expect(Object.keys(decoded['labels'] as object)).toEqual(['__proto__']);
  });

  test('answers any bytes with an object or a ProtobufError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (garbage) => {
        try {
          expect(decodeMessage(Thing, garbage)).toBeObject();
        } catch (error) {
          expect(error).toBeInstanceOf(ProtobufError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

const rest = fc.record({ count: fc.integer({ min: 1 }), said: fc.integer() }, { requiredKeys: [] });
const word = fc.string({ unit: 'grapheme', minLength: 1 });
const second = fc.integer({ min: -62_135_596_799, max: 253_402_300_799 });
const iso = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 19);
const thing = fc.record(
  {
    name: fc.string(),
    note: word,
    on: fc.boolean(),
    path: word,
    rest,
    status: rest,
    rests: fc.array(rest, { minLength: 1 }),
    numbers: fc.array(fc.maxSafeInteger(), { minLength: 1 }),
    words: fc.array(fc.string(), { minLength: 1 }),
    labels: fc.dictionary(fc.string(), fc.string(), { minKeys: 1, noNullPrototype: true }),
    extra: fc.dictionary(fc.string(), fc.array(fc.string()), { minKeys: 1, noNullPrototype: true }),
    at: second.map((seconds) => `${iso(seconds)}Z`),
    micro: fc.tuple(second, fc.nat(999_999)).map(([s, us]) => `${iso(s)}.${String(us).padStart(6, '0')}Z`),
    port: fc.oneof(fc.integer(), fc.string()),
    data: fc.uint8Array({ minLength: 1 }).map((raw) => Buffer.from(raw).toString('base64')),
    ratio: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => value !== 0),
    every: fc.constantFrom('1h30m0s', '1.5s', '20ms', '7ns', '-3s'),
  },
  // What is held by value is written whether or not it was set.
  { requiredKeys: ['name', 'status'] },
);

test('what is written is read back', () => {
  fc.assert(
    fc.property(thing, (object) => {
      expect(decodeMessage(Thing, encodeMessage(Thing, object))).toEqual(object);
    }),
  );
});

test('long messages within messages keep their lengths', () => {
  const object = {
    name: 'n',
    status: {},
    rests: Array.from({ length: 3000 }, (_, i) => ({ count: i + 1 })),
    note: 'x'.repeat(70_000),
  };
  expect(decodeMessage(Thing, encodeMessage(Thing, object))).toEqual(object);
});
