import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeAtomically } from './atomic-writer.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'volume-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(files: Record<string, string>, mode = 0o644): boolean {
  const payload = Object.entries(files).map(
    ([path, text]) => [path, { data: Buffer.from(text), mode }] as const,
  );
  return writeAtomically(directory, new Map(payload));
}

const visible = () => readdirSync(directory).filter((name) => !name.startsWith('..'));
const read = (path: string) => readFileSync(join(directory, path), 'utf8');

describe('files of a volume', () => {
  test('are seen through one symlink, so that all change at once', () => {
    write({ 'a.txt': 'one', 'deep/b.txt': 'two' }, 0o400);
    expect(visible().sort()).toEqual(['a.txt', 'deep']);
    expect(readlinkSync(join(directory, 'a.txt'))).toBe('..data/a.txt');
    expect(read('deep/b.txt')).toBe('two');
    expect(statSync(join(directory, 'a.txt')).mode & 0o777).toBe(0o400);
    const before = readlinkSync(join(directory, '..data'));
    write({ 'a.txt': 'ONE', 'deep/b.txt': 'TWO' });
    expect(readlinkSync(join(directory, '..data'))).not.toBe(before);
    expect([read('a.txt'), read('deep/b.txt')]).toEqual(['ONE', 'TWO']);
    expect(readdirSync(directory)).not.toContain(before);
  });

  test('go when they are gone from the source', () => {
    write({ a: '1', b: '2' });
    write({ b: '2' });
    expect(visible()).toEqual(['b']);
  });

  test('are not written again when nothing has changed', () => {
    expect(write({ a: '1' })).toBe(true);
    expect(write({ a: '1' })).toBe(false);
    expect(write({ a: '1' }, 0o600)).toBe(true);
  });

  test('of a group are not written again either', () => {
    const payload = new Map([['a', { data: Buffer.from('1'), mode: 0o400 }]]);
    const ownership = { gid: process.getgid!() };
    expect(writeAtomically(directory, payload, ownership)).toBe(true);
    expect(statSync(join(directory, 'a')).mode & 0o777).toBe(0o440);
    expect(writeAtomically(directory, payload, ownership)).toBe(false);
  });

  test('are written whatever is in the way', () => {
    for (const path of ['..data/x', '..data_tmp/x', 'a/x', 'stray/x'])
      mkdirSync(join(directory, path), { recursive: true });
    write({ a: '1' });
    expect(visible()).toEqual(['a']);
    expect(read('a')).toBe('1');
    rmSync(join(directory, 'a'));
    mkdirSync(join(directory, 'a/x'), { recursive: true });
    write({ a: '1' });
    expect(read('a')).toBe('1');
  });

  test('are never compared with a pipe, which would wait for a writer', () => {
    write({ a: '1' });
    const path = join(directory, readlinkSync(join(directory, '..data')), 'a');
    rmSync(path);
    execFileSync('mkfifo', ['-m', '644', path]);
    expect(write({ a: '1' })).toBe(true);
    expect(read('a')).toBe('1');
  });

  test('are never compared with those of another directory', () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'));
    for (const target of [elsewhere, '..2026_01_02_03_04_05.000000001']) {
      rmSync(join(directory, '..data'), { force: true });
      if (target !== elsewhere) symlinkSync(elsewhere, join(directory, target));
      symlinkSync(target, join(directory, '..data'));
      expect(write({})).toBe(true);
    }
    rmSync(elsewhere, { recursive: true });
  });

  test('may be none', () => {
    expect(write({})).toBe(true);
    expect(visible()).toEqual([]);
    expect(write({})).toBe(false);
  });

  for (const path of ['../x', '/etc/x', 'a/../../x', '..data/x', ''])
    test(`must not lie at ${JSON.stringify(path)}`, () => {
      expect(() => write({ [path]: 'x' })).toThrow(RangeError);
    });
});
