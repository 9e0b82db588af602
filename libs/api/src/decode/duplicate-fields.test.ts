import { expect, test } from 'bun:test';
import { duplicateFields } from './duplicate-fields.ts';

const cases: { name: string; json: string; found: string[] }[] = [
  { name: 'none in an ordinary object', json: '{"a":{"x":1},"b":{"x":[{"x":1},{"x":2}]}}', found: [] },
  { name: 'one at the top', json: '{"a":1,"b":2,"a":3}', found: ['a'] },
  { name: 'one by its path', json: '{"spec":{"list":[{},{"c":1, "c" : 2}]}}', found: ['spec.list[1].c'] },
  { name: 'each once', json: '{"a":1,"a":2,"a":3}', found: ['a'] },
  { name: 'one that is escaped', json: '{"a":1,"\\u0061":2}', found: ['a'] },
  { name: 'none in text that looks like it', json: '{"a":"\\"b\\":1,\\"b\\":2","c":"}{,"}', found: [] },
  { name: 'names of prototypes', json: '{"__proto__":1,"__proto__":2}', found: ['__proto__'] },
  { name: 'nothing in what is no object', json: '[1,"a",null,true,-1.5e3]', found: [] },
];
for (const { name, json, found } of cases)
  test(`finds ${name}`, () =>
    expect(duplicateFields(json)).toEqual(found.map((path) => `duplicate field "${path}"`)));

test('goes as deep as the text does', () => {
  const json = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  expect(duplicateFields(json)).toEqual([]);
});

const twice = Array.from({ length: 50_000 }, (_, i) => `"k${i}":1,"k${i}":2`).join();
const many: { name: string; json: string }[] = [
  { name: 'lie deep', json: `${'{"deep":'.repeat(5_000)}{${twice}}${'}'.repeat(5_000)}` },
  { name: 'lie under a long name', json: `{"${'x'.repeat(2_000_000)}":{${twice}}}` },
];
for (const { name, json } of many)
  test(`does not say each of many that ${name}`, () => {
    const startedMs = performance.now();
    expect(duplicateFields(json).join().length).toBeLessThan(2_000_000);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
