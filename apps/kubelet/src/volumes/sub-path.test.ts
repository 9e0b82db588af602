import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdSubPath } from './sub-path.ts';

let root: string;
let volume: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'subpath-')));
  volume = join(root, 'volume');
  mkdirSync(volume);
});
afterEach(() => rmSync(root, { recursive: true }));

describe('a subPath', () => {
  test('names a file or a directory of the volume', () => {
    writeFileSync(join(volume, 'file'), 'content');
    mkdirSync(join(volume, 'a/b'), { recursive: true });
    using file = holdSubPath(volume, 'file');
    using directory = holdSubPath(volume, 'a/b');
    expect(readFileSync(file.path, 'utf8')).toBe('content');
    expect(statSync(directory.path).isDirectory()).toBe(true);
  });

  test('is made where it is missing', () => {
    using held = holdSubPath(volume, 'new/dir');
    expect(statSync(held.path).isDirectory()).toBe(true);
    expect(statSync(join(volume, 'new/dir')).isDirectory()).toBe(true);
  });

  test('may pass through symlinks that stay inside, as in a ConfigMap volume', () => {
    mkdirSync(join(volume, '..2026'));
    writeFileSync(join(volume, '..2026/key'), 'value');
    symlinkSync('..2026', join(volume, '..data'));
    symlinkSync('..data/key', join(volume, 'key'));
    using held = holdSubPath(volume, 'key');
    expect(readFileSync(held.path, 'utf8')).toBe('value');
  });

  for (const { name, make, subPath } of [
    { name: 'a parent', make: () => {}, subPath: '../x' },
    { name: 'an absolute path', make: () => {}, subPath: '/etc' },
    { name: 'a symlink outwards', make: () => symlinkSync('/etc', join(volume, 'out')), subPath: 'out' },
    {
      name: 'a symlink outwards on the way',
      make: () => symlinkSync('../', join(volume, 'up')),
      subPath: 'up/new',
    },
  ])
    test(`does not lead out by ${name}`, () => {
      make();
      expect(() => holdSubPath(volume, subPath)).toThrow(/subPath/);
      expect(() => statSync(join(root, 'new'))).toThrow();
    });
});
