import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { parseJson } from './parse-json.ts';

const refused: { text: string; place: string }[] = [
  { text: '', place: 'unexpected end' },
  { text: 'hunter2', place: 'line 1, column 1' },
  { text: '{"password": hunter2}', place: 'line 1, column 14' },
  { text: '{"a": 1,\n "password": "hunter2"\n "b": 2}', place: 'line 3, column 2' },
  { text: '{"password": "hunter2', place: 'line 1, column 14' },
  { text: '{"a": [1, 2}, "password": "hunter2"}', place: 'line 1, column 12' },
  { text: '{"a": 1,}', place: 'line 1, column 9' },
  { text: '[1,]', place: 'line 1, column 4' },
  { text: '{"a" 1}', place: 'line 1, column 6' },
  { text: '{} hunter2', place: 'line 1, column 4' },
  { text: '{"a": 01}', place: 'line 1, column 8' },
  { text: '{"apiVersion":"v1"', place: 'line 1, column 19' },
];
for (const { text, place } of refused)
  test(`says where ${JSON.stringify(text)} ends to be JSON, and quotes nothing`, () => {
    expect(() => parseJson(text)).toThrow(`json: ${place}: invalid JSON`);
  });

test('reads what is JSON', () => {
  fc.assert(fc.property(fc.json(), (text) => expect(parseJson(text)).toEqual(JSON.parse(text))));
});
