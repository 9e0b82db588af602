import { expect, test } from 'bun:test';
import { ApiError } from '@hawser/api';
import { BodySyntaxError } from './body-syntax-error.ts';
import { parseYaml } from './parse-yaml.ts';

const parse = (text: string) => parseYaml(Buffer.from(text));

test('reads maps, lists, scalars and a few aliases', () => {
  const text =
    'kind: ConfigMap\nmetadata: &m {name: a}\nlist: [1, true, null, "x"]\nother: *m\n__proto__: p\n';
  const { value, duplicates } = parse(text);
  expect(JSON.stringify(value)).toBe(
    '{"kind":"ConfigMap","metadata":{"name":"a"},"list":[1,true,null,"x"],"other":{"name":"a"},"__proto__":"p"}',
  );
  expect(duplicates).toEqual([]);
});

test('says which keys stand twice, and takes the last', () => {
  expect(parse('a: 1\nb:\n- {c: 1, c: 2}\na: 3\na: 4')).toEqual({
    value: { a: 4, b: [{ c: 2 }] },
    duplicates: ['duplicate field "b[0].c"', 'duplicate field "a"'],
  });
});

const refused: { name: string; text: string; message: string }[] = [
  { name: 'a bad line', text: 'a: 1\npassword: [hunter2', message: 'yaml: line 2, column' },
  { name: 'an unknown alias', text: 'a: *hunter2', message: 'yaml: line 1, column 4: an alias without' },
  { name: 'a key that is a map', text: '? {hunter2: 1}\n: 2', message: 'a key must be text' },
  { name: 'what nests too deep', text: '['.repeat(300) + ']'.repeat(300), message: 'exceeded max depth' },
  { name: 'what exhausts the parser', text: '['.repeat(200_000), message: 'resource exhaustion' },
  { name: 'what exhausts its reader', text: `{${'"a":'.repeat(30_000)}}`, message: 'exceeded max depth' },
  { name: 'keys of keys of keys', text: '? '.repeat(5_000), message: 'yaml: ' },
  {
    name: 'aliases that multiply',
    text: `a: &a [x, x]\nb: &b [*a, *a, *a]\nc: &c [*b, *b, *b]\nd: [*c, *c, *c]`,
    message: 'more than 10 aliases',
  },
  { name: 'a value that holds itself', text: 'a: &a [*a]', message: 'more than 10 aliases' },
];
for (const { name, text, message } of refused)
  test(`refuses ${name} without quoting it`, () => {
    let refusal: unknown;
    try {
      parse(text);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(BodySyntaxError);
    expect((refusal as Error).message).toContain(message);
    expect((refusal as Error).message).not.toContain('hunter2');
  });

test('takes time in proportion to the number of keys', () => {
  const text = Array.from({ length: 20_000 }, (_, i) => `key${i}: v`).join('\n');
  const startedMs = performance.now();
  expect(Object.keys(parse(text).value as object)).toHaveLength(20_000);
  // Comparing each key with each took eight seconds for these.
  expect(performance.now() - startedMs).toBeLessThan(3_000);
});

test('says that a long body had better be JSON', () => {
  const refusal = () => parse(`a: ${'x'.repeat(256 * 1024)}`);
  expect(refusal).toThrow(ApiError);
  expect(refusal).toThrow('application/json');
});
