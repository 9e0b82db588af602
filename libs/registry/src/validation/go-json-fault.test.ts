import { expect, test } from 'bun:test';
import { jsonObjectFault } from './go-json-fault.ts';

// What `json.Unmarshal` into a map says, from Go's own tests (encoding/json) and its scanner's words.
const cases: readonly (readonly [string, string | undefined])[] = [
  ['{}', undefined],
  [' {"auths":{"r.io":{"auth":"\\u0041=","n":[1,-2.5e+3,true,null]}}}\n', undefined],
  ['null', undefined],
  ['', 'unexpected end of JSON input'],
  ['{"a"', 'unexpected end of JSON input'],
  ['{"a":"x', 'unexpected end of JSON input'],
  ['[1', 'unexpected end of JSON input'],
  ['x', "invalid character 'x' looking for beginning of value"],
  ['[,]', "invalid character ',' looking for beginning of value"],
  ['{a:1}', "invalid character 'a' looking for beginning of object key string"],
  ['{"a":1,}', "invalid character '}' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"}', `invalid character '"' after object key:value pair`],
  ['[1 2]', "invalid character '2' after array element"],
  ['[1,]', "invalid character ']' looking for beginning of value"],
  ['{} x', "invalid character 'x' after top-level value"],
  ['{"a":tru}', "invalid character '}' in literal true (expecting 'e')"],
  ['{"a":"\n"}', String.raw`invalid character '\n' in string literal`],
  ['{"a":"\\q"}', "invalid character 'q' in string escape code"],
  ['{"a":"\\u00g0"}', String.raw`invalid character 'g' in \u hexadecimal character escape`],
  ['{"a":-x}', "invalid character 'x' in numeric literal"],
  ['{"a":1.x}', "invalid character 'x' after decimal point in numeric literal"],
  ['{"a":1ex}', "invalid character 'x' in exponent of numeric literal"],
  ["'a'", String.raw`invalid character '\'' looking for beginning of value`],
  ['[]', 'json: cannot unmarshal array into Go value of type map[string]interface {}'],
  ['"a"', 'json: cannot unmarshal string into Go value of type map[string]interface {}'],
  ['1', 'json: cannot unmarshal number into Go value of type map[string]interface {}'],
  ['true', 'json: cannot unmarshal bool into Go value of type map[string]interface {}'],
];

test.each(cases)('%j', (text, fault) => expect(jsonObjectFault(text)).toBe(fault as string));

test('takes what JSON.parse takes, however deep', () => {
  const deep = `{"a":${'['.repeat(9_000)}${']'.repeat(9_000)}}`;
  expect(jsonObjectFault(deep)).toBeUndefined();
});
