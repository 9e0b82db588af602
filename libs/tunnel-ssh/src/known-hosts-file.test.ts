import { expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@hawser/observability';
import { writeFileAtomic } from '@hawser/runtime';
import { KnownHostsFile } from './known-hosts-file.ts';
import { hostKeyPair } from './testing-keys.ts';

const keysOf = (file: KnownHostsFile) => file.current.find(['node-1'], 22).keys;

test('a changed file is read again; while it cannot be, what it said last counts', () => {
  const directory = mkdtempSync(join(tmpdir(), 'hawser-known-hosts-'));
  const path = join(directory, 'known_hosts');
  const [before, after] = [hostKeyPair(), hostKeyPair()];
  writeFileSync(path, `node-1 ${before.public}\n`);
  const file = new KnownHostsFile(path, silentLogger);
  expect([file.refresh(), keysOf(file)]).toEqual([false, [before.key]]);
  writeFileAtomic(path, `node-1 ${after.public}\n`);
  expect([file.refresh(), keysOf(file)]).toEqual([true, [after.key]]);
  rmSync(path);
  expect([file.refresh(), file.refresh(), keysOf(file)]).toEqual([false, false, [after.key]]);
  writeFileSync(path, '');
  expect([file.refresh(), keysOf(file)]).toEqual([true, []]);
  rmSync(directory, { recursive: true });
});

test('a file that is not there at start is a mistake', () => {
  expect(() => new KnownHostsFile('/nonexistent/known_hosts', silentLogger)).toThrow('ENOENT');
});
