import { expect, test } from 'bun:test';
import type { JsonObject } from '../json-object.ts';
import { applyMergePatch } from './merge-patch.ts';

// The examples of RFC 7396, appendix A, whose target is an object.
const cases: { target: JsonObject; patch: object; result: JsonObject }[] = [
  { target: { a: 'b' }, patch: { a: 'c' }, result: { a: 'c' } },
  { target: { a: 'b' }, patch: { b: 'c' }, result: { a: 'b', b: 'c' } },
  { target: { a: 'b' }, patch: { a: null }, result: {} },
  { target: { a: 'b', b: 'c' }, patch: { a: null }, result: { b: 'c' } },
  { target: { a: ['b'] }, patch: { a: 'c' }, result: { a: 'c' } },
  { target: { a: 'c' }, patch: { a: ['b'] }, result: { a: ['b'] } },
  { target: { a: { b: 'c' } }, patch: { a: { b: 'd', c: null } }, result: { a: { b: 'd' } } },
  { target: { a: [{ b: 'c' }] }, patch: { a: [1] }, result: { a: [1] } },
  { target: { e: null }, patch: { a: 1 }, result: { e: null, a: 1 } },
  { target: {}, patch: { a: { bb: { ccc: null } } }, result: { a: { bb: {} } } },
];
for (const { target, patch, result } of cases)
  test(`${JSON.stringify(patch)} on ${JSON.stringify(target)}`, () =>
    expect(applyMergePatch(target, patch)).toEqual(result));

test('a patch that is no object is refused', () => {
  expect(() => applyMergePatch({}, [])).toThrow('a merge patch must be an object');
});

test('a key named __proto__ is a key', () => {
  const result = applyMergePatch({}, JSON.parse('{"__proto__":{"polluted":true}}')) as object;
  expect(Object.keys(result)).toEqual(['__proto__']);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('a patch that nests too deep to be walked is refused', () => {
  const patch = JSON.parse(`${'{"a":'.repeat(100_000)}{}${'}'.repeat(100_000)}`) as object;
  expect(() => applyMergePatch({}, patch)).toThrow('exceeded max depth');
});
