import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { FieldSet, type Path } from './field-set.ts';
import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.ts';
import { fieldElement, keyElement, pathText, valueElement } from './path-element.ts';

const scalars = fc.oneof(fc.string(), fc.integer(), fc.boolean());
const elements = fc.oneof(
  fc.string().map(fieldElement),
  fc.dictionary(fc.string(), scalars, { minKeys: 1, maxKeys: 2 }).map(keyElement),
  scalars.map(valueElement),
  fc.nat(9).map((index) => `i:${index}`),
);
const sets = fc
  .array(fc.array(elements, { minLength: 1, maxLength: 4 }), { maxLength: 8 })
  .map((paths) => FieldSet.of(...paths));

test('a field set comes back from its JSON', () => {
  fc.assert(
    fc.property(sets, (set) => {
      const json = JSON.parse(JSON.stringify(encodeFieldsV1(set)));
      expect(decodeFieldsV1(json).equals(set)).toBe(true);
      expect(JSON.stringify(encodeFieldsV1(decodeFieldsV1(json)))).toBe(JSON.stringify(json));
    }),
  );
});

test('sets are sets', () => {
  fc.assert(
    fc.property(sets, sets, (a, b) => {
      expect(a.union(b).difference(b).equals(a.difference(b))).toBe(true);
      expect(a.intersection(b).equals(a.difference(a.difference(b)))).toBe(true);
      expect(a.union(b).equals(b.union(a))).toBe(true);
      for (const path of a.paths()) expect(a.union(b).has(path)).toBe(true);
      expect([...a.paths()].length === 0).toBe(a.isEmpty);
    }),
  );
});

test('keys stand in the order of the alphabet, steps by sort, then by name and value', () => {
  const port = (containerPort: number, protocol: string): Path => [
    fieldElement('ports'),
    keyElement({ protocol, containerPort }),
  ];
  const set = FieldSet.of(
    [fieldElement('b')],
    [fieldElement('ports')],
    port(443, 'TCP'),
    port(53, 'UDP'),
    port(53, 'TCP'),
    [fieldElement('a')],
    [valueElement('x')],
    [valueElement(10)],
    [valueElement(9)],
  );
  expect(JSON.stringify(encodeFieldsV1(set))).toBe(
    JSON.stringify({
      'f:a': {},
      'f:b': {},
      'f:ports': {
        '.': {},
        'k:{"containerPort":53,"protocol":"TCP"}': {},
        'k:{"containerPort":53,"protocol":"UDP"}': {},
        'k:{"containerPort":443,"protocol":"TCP"}': {},
      },
      'v:9': {},
      'v:10': {},
      'v:"x"': {},
    }),
  );
});

test('keys that come in another order, or with space, are the same', () => {
  const set = decodeFieldsV1({ 'f:p': { 'k:{"b": 1, "a":"x"}': { '.': {}, 'f:c': {} } } });
  const item = [fieldElement('p'), keyElement({ a: 'x', b: 1 })];
  expect(set.equals(FieldSet.of(item, [...item, fieldElement('c')]))).toBe(true);
});

test('what could be HTML is written as Go writes it', () => {
  expect(keyElement({ name: '<&>' })).toBe('k:{"name":"\\u003c\\u0026\\u003e"}');
});

test('steps of a sort that is not known are left out, what is none is refused', () => {
  expect(decodeFieldsV1({ 'z:new': {}, 'f:a': {} }).equals(FieldSet.of([fieldElement('a')]))).toBe(true);
  for (const key of ['', 'f', 'a', 'fa', 'k:1', 'k:{', 'k:{"a":[]}', 'v:x', 'v:{}', 'i:x'])
    expect(() => decodeFieldsV1({ [key]: {} })).toThrow(SyntaxError);
  expect(() => decodeFieldsV1({ 'f:a': 1 })).toThrow(SyntaxError);
});

test('paths read as in conflicts', () => {
  const path = ['spec', 'containers'].map(fieldElement);
  const item = keyElement({ protocol: 'TCP', containerPort: 80 });
  expect(pathText([...path, item, fieldElement('image'), valueElement('a'), 'i:0'])).toBe(
    '.spec.containers[containerPort=80,protocol="TCP"].image[="a"][0]',
  );
});
