import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeDirectory, makeFile } from './root-directory.ts';
import { prepareRootFilesystem } from './root-filesystem.ts';

let base: string;
let root: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'root-'));
  root = join(base, 'rootfs');
  mkdirSync(root);
});
afterEach(() => rmSync(base, { recursive: true }));

describe('the root directory of a container', () => {
  test('holds what is made in it', () => {
    makeDirectory(root, '/a/b', 0o700);
    makeFile(root, '/c/file');
    expect(statSync(join(root, 'a/b')).mode & 0o777).toBe(0o700);
    expect(statSync(join(root, 'c/file')).isFile()).toBe(true);
  });

  test('keeps the modes of what it has', () => {
    prepareRootFilesystem(root, [], '/tmp');
    expect(statSync(join(root, 'tmp')).mode & 0o7777).toBe(0o1777);
  });

  for (const path of ['/../x', '/a/../../x', 'x', '/a/..', '/..'])
    test(`is not left by ${path}`, () => {
      expect(() => makeDirectory(root, path, 0o777)).toThrow(RangeError);
      expect(() => makeFile(root, path)).toThrow(RangeError);
      expect(readdirSync(base)).toEqual(['rootfs']);
    });

  test('is not left through a symlink', () => {
    symlinkSync('..', join(root, 'up'));
    expect(() => makeDirectory(root, '/up/x', 0o755)).toThrow(RangeError);
    expect(() => makeDirectory(root, '/up', 0o777)).toThrow(RangeError);
    expect(() => makeFile(root, '/up/x')).toThrow(RangeError);
    expect(readdirSync(base)).toEqual(['rootfs']);
  });

  test('knows /var/run, which is a symlink, by its name', () => {
    const mounts = [{ hostPath: base, containerPath: '/var/run/secrets/x', readonly: true }];
    prepareRootFilesystem(root, mounts, '/var/run/work');
    expect(existsSync(join(root, 'run/secrets/x')) && existsSync(join(root, 'run/work'))).toBe(true);
  });

  test('is not left by a working directory', () => {
    expect(() => prepareRootFilesystem(root, [], '/../../x')).toThrow(RangeError);
    expect(readdirSync(base)).toEqual(['rootfs']);
  });
});
