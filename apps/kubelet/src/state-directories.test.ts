import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { chmodSync, chownSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeStateDirectories } from './state-directories.ts';

let base: string;
let shm: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'state-'));
  shm = join(base, 'shm');
  mkdirSync(shm);
});
afterEach(() => rmSync(base, { recursive: true }));

const memory = () => makeStateDirectories(join(base, 'root'), shm).memory;

describe('the directories of a kubelet', () => {
  test('are for its own eyes, and the same after a restart', () => {
    const directories = makeStateDirectories(join(base, 'root'), shm);
    for (const path of Object.values(directories)) expect(lstatSync(path).mode & 0o777).toBe(0o700);
    expect(makeStateDirectories(join(base, 'root'), shm)).toEqual(directories);
  });

  test('are on disk where there is no memory for files', () => {
    const { pods, memory } = makeStateDirectories(join(base, 'root'), join(base, 'none'));
    expect(memory).toBe(pods);
  });

  const traps: { name: string; set: (path: string) => void; rootOnly?: boolean }[] = [
    { name: 'a symlink', set: (path) => symlinkSync('/', path) },
    { name: 'a dangling symlink', set: (path) => symlinkSync('/none/such', path) },
    {
      name: 'a directory open to others',
      set: (path) => {
        mkdirSync(path);
        chmodSync(path, 0o777);
      },
    },
    {
      name: 'somebody else’s',
      rootOnly: true,
      set: (path) => {
        mkdirSync(path, { mode: 0o700 });
        chownSync(path, 1234, 1234);
      },
    },
  ];
  for (const { name, set, rootOnly } of traps)
    test.skipIf(rootOnly === true && process.getuid!() !== 0)(
      `are elsewhere in memory than at ${name}`,
      () => {
        const foretold = memory();
        rmSync(foretold, { recursive: true });
        set(foretold);
        const chosen = memory();
        expect(chosen).toStartWith(`${foretold}-`);
        expect(lstatSync(chosen).mode & 0o777).toBe(0o700);
        expect(memory()).toBe(chosen);
      },
    );
});
