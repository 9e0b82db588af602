import { expect, test } from 'bun:test';
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
