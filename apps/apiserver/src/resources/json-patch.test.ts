import { expect, spyOn, test } from 'bun:test';
import type { ApiError } from '@hawser/api';
import { applyJsonPatch } from './json-patch.ts';

const refusal = (patch: unknown): ApiError['reason'] | undefined => {
  try {
    applyJsonPatch({ a: { b: 1 } }, patch);
    return undefined;
  } catch (error) {
    return (error as ApiError).reason;
  }
};

test('applies operations in their order', () => {
  const patch = [
    { op: 'test', path: '/a/b', value: 1 },
    { op: 'add', path: '/a/c', value: [1] },
    { op: 'remove', path: '/a/b' },
  ];
  expect(applyJsonPatch({ a: { b: 1 } }, patch)).toEqual({ a: { c: [1] } });
});

const refused: { name: string; patch: unknown; reason: string }[] = [
  { name: 'what is no list', patch: {}, reason: 'BadRequest' },
  { name: 'an unknown operation', patch: [{ op: 'shuffle', path: '/a' }], reason: 'BadRequest' },
  { name: 'an operation without its value', patch: [{ op: 'add', path: '/a' }], reason: 'BadRequest' },
  { name: 'a failed test', patch: [{ op: 'test', path: '/a/b', value: 2 }], reason: 'Invalid' },
  { name: 'a move from nowhere', patch: [{ op: 'move', from: '/x', path: '/y' }], reason: 'Invalid' },
  { name: 'a move into itself', patch: [{ op: 'move', from: '/a', path: '/a/b/c' }], reason: 'Invalid' },
  { name: 'a copy from nowhere', patch: [{ op: 'copy', from: '/x/y', path: '/y' }], reason: 'Invalid' },
  { name: 'an operation that is null', patch: [null], reason: 'BadRequest' },
  {
    name: 'a value that nests too deep to be walked',
    patch: [{ op: 'add', path: '/a/c', value: JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`) }],
    reason: 'BadRequest',
  },
  {
    name: 'operations that nest it too deep to be walked',
    patch: Array(1_000)
      .fill([
        { op: 'add', path: '/t', value: JSON.parse(`${'{"a":'.repeat(190)}{}${'}'.repeat(190)}`) },
        { op: 'move', from: '/a', path: `/t${'/a'.repeat(190)}` },
        { op: 'move', from: '/t', path: '/a' },
      ])
      .flat(),
    reason: 'BadRequest',
  },
  {
    name: 'a way into the prototype',
    patch: [{ op: 'add', path: '/__proto__/x', value: 1 }],
    reason: 'Invalid',
  },
  {
    name: 'more operations than upstream takes',
    patch: Array(10_001).fill({ op: 'test', path: '/a/b', value: 1 }),
    reason: 'RequestEntityTooLarge',
  },
];
for (const { name, patch, reason } of refused)
  test(`refuses ${name}`, () => expect(refusal(patch)).toBe(reason as never));

test('refuses copies that add more than a body may hold', () => {
  const doubling = Array.from({ length: 25 }, (_, i) => ({ op: 'copy', from: '', path: `/a/c${i}` }));
  let error: unknown;
  try {
    applyJsonPatch({ a: { b: 'x'.repeat(1_000) } }, doubling);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toMatchObject({ reason: 'RequestEntityTooLarge', code: 413 });
});

test('moves, and copies a little', () => {
  const patch = [
    { op: 'move', from: '/a/b', path: '/c' },
    { op: 'copy', from: '/c', path: '/d' },
    { op: 'move', from: '/list/0', path: '/list/1' },
    { op: 'move', from: '/d', path: '/d' },
  ];
  const object = { a: { b: 1 }, list: [1, 2] };
  expect(applyJsonPatch(object, patch)).toEqual({ a: {}, c: 1, d: 1, list: [2, 1] });
  expect(object).toEqual({ a: { b: 1 }, list: [1, 2] });
});

test('moves onto something large without copying it', () => {
  const list = [{ large: Array(20_000).fill('x') }, 1];
  const swaps = Array(2_000).fill({ op: 'move', from: '/list/1', path: '/list/0' });
  // Which is how the library copies.
  using stringify = spyOn(JSON, 'stringify');
  applyJsonPatch({ list }, swaps);
  expect(stringify).not.toHaveBeenCalled();
});

test('leaves the patch as it is, since it may be tried again', () => {
  const patch = [
    { op: 'add', path: '/list', value: [] },
    { op: 'add', path: '/list/-', value: 1 },
  ];
  expect(applyJsonPatch({}, patch)).toEqual({ list: [1] });
  expect(applyJsonPatch({}, patch)).toEqual({ list: [1] });
  expect(patch[0]!.value).toEqual([]);
});
