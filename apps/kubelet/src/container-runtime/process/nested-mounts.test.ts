import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnsupportedSettingError } from '../errors.ts';
import { checkNestedMounts } from './nested-mounts.ts';

let volume: string;
beforeEach(() => {
  volume = mkdtempSync(join(tmpdir(), 'nested-'));
});
afterEach(() => rmSync(volume, { recursive: true }));

function check(inner: string, outer = '/data'): () => void {
  const mounts = [outer, inner].map((containerPath, index) => ({
    containerPath,
    hostPath: index === 0 ? volume : tmpdir(),
    readonly: false,
  }));
  return () => checkNestedMounts(mounts);
}

describe('a mount in another', () => {
  test('is fine where nothing is, and where directories are', () => {
    mkdirSync(join(volume, 'a/b'), { recursive: true });
    for (const path of ['/data/a/b', '/data/a/new', '/data/new/x', '/database/x'])
      expect(check(path)).not.toThrow();
  });

  test('is fine through a symlink that stays inside, as a ConfigMap’s files are', () => {
    mkdirSync(join(volume, 'real'));
    symlinkSync('real', join(volume, 'link'));
    expect(check('/data/link/x')).not.toThrow();
  });

  for (const target of ['/oldroot/etc', '..', '/etc', '../../../oldroot/etc'])
    test(`is refused through a symlink to ${target}`, () => {
      symlinkSync(target, join(volume, 'x'));
      expect(check('/data/x/y')).toThrow(UnsupportedSettingError);
      expect(check('/data/x')).toThrow(UnsupportedSettingError);
      expect(check('/var/run/x', '/run')).toThrow(UnsupportedSettingError);
    });
});
