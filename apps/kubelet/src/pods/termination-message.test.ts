import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RuntimeAnnotation } from '../containers/runtime-annotations.ts';
import { makeRun } from '../testing/pods.ts';
import { terminationMessage } from './termination-message.ts';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'message-'));
  path = join(directory, 'termination-log');
});
afterEach(() => rmSync(directory, { recursive: true }));

function message(policy: 'File' | 'FallbackToLogsOnError' = 'File'): string {
  const annotations = { [RuntimeAnnotation.terminationMessageFile]: path };
  const logPath = join(directory, '0.log');
  return terminationMessage(makeRun('main', 'exited', { exitCode: 1, annotations, logPath }), policy);
}

describe('a termination message', () => {
  test('is what the file holds, and 4096 bytes of it at most', () => {
    writeFileSync(path, 'done');
    expect(message()).toBe('done');
    writeFileSync(path, 'x'.repeat(5000));
    expect(message()).toBe('x'.repeat(4096));
    // A file of a terabyte, all holes, would not fit into memory.
    truncateSync(path, 2 ** 40);
    expect(message()).toHaveLength(4096);
  });

  test('is the end of the log where the policy says so', () => {
    const line = (text: string) => `2026-01-01T00:00:00.000000000Z stderr F ${text}\n`;
    writeFileSync(join(directory, '0.log'), line('first') + line('last'));
    expect(message('FallbackToLogsOnError')).toBe('first\nlast\n');
    expect(message()).toBe('');
  });

  test('is nothing where the file is a pipe, a symlink, or missing', () => {
    expect(message()).toBe('');
    execFileSync('mkfifo', [path]);
    expect(message()).toBe('');
    rmSync(path);
    writeFileSync(join(directory, 'secret'), 'secret');
    symlinkSync('secret', path);
    expect(message()).toBe('');
  });
});
