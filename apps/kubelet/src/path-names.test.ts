import { describe, expect, test } from 'bun:test';
import { filePath, keyPart, labelPart, subdomainPart, UnsafeNameError, uidPart } from './path-names.ts';

const HOSTILE = ['', '.', '..', '../x', 'a/b', '/etc', 'a\n', 'a\0', 'x/../../y'];

describe('a name that becomes part of a path', () => {
  const kinds = [
    { kind: 'label', guard: (text: string) => labelPart('name', text), good: ['a', 'a-b', 'x'.repeat(63)] },
    { kind: 'subdomain', guard: (text: string) => subdomainPart('name', text), good: ['a', 'a.b-c.d'] },
    { kind: 'UID', guard: uidPart, good: ['uid-1', '0B1c-2d'] },
    { kind: 'key', guard: keyPart, good: ['a', '.hidden', 'A_b-c.d', 'a..b'] },
  ];
  for (const { kind, guard, good } of kinds) {
    for (const text of good) test(`may be the ${kind} ${text}`, () => expect(guard(text)).toBe(text));
    for (const text of HOSTILE)
      test(`is no ${kind} when it is ${JSON.stringify(text)}`, () =>
        expect(() => guard(text)).toThrow(UnsafeNameError));
  }

  test('is a label of at most 63 characters, without capitals', () => {
    for (const text of ['x'.repeat(64), 'A', '-a', 'a-', 'a.b'])
      expect(() => labelPart('name', text)).toThrow('invalid name');
  });

  test('is no key when it begins with two dots, as the writer’s own names do', () => {
    expect(() => keyPart('..data')).toThrow(UnsafeNameError);
  });
});

describe('a path in a volume', () => {
  for (const [path, normal] of [
    ['a', 'a'],
    ['a/b.c', 'a/b.c'],
    ['./a//b', 'a/b'],
  ] as const)
    test(`may be ${path}`, () => expect(filePath(path)).toBe(normal));
  for (const path of ['', '.', '..', '../x', '/x', 'a/../b', 'a/..', '..x', './..x', 'a/', 'a\0b'])
    test(`is not ${JSON.stringify(path)}`, () => expect(() => filePath(path)).toThrow(UnsafeNameError));
});
