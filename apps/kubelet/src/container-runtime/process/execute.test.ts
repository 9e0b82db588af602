import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { containerConfig } from '../contract.ts';
import { ChannelListener } from './channel-listener.ts';
import { type ExecTarget, executeInContainer } from './execute.ts';
import { executeSync } from './execute-sync.ts';
import { installScripts } from './scripts.ts';

let directory: string;
let listener: ChannelListener;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'execute-'));
  mkdirSync(join(directory, 'state'));
  listener = await ChannelListener.open(join(installScripts(join(directory, 'bin')), 'channel.sock'));
});
afterEach(async () => {
  await listener[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

function target(scripts = join(directory, 'bin')): ExecTarget {
  const container = {
    id: 'c',
    podSandboxId: 's',
    config: containerConfig(['true']),
    createdAt: '',
    bootId: '',
    logPath: '',
    execution: { bubblewrap: false, capabilities: [], noNewPrivs: false },
  };
  const started = { pid: process.pid, startTime: '0' };
  return { scripts, listener, directory: join(directory, 'state'), container, started };
}

test('a command that cannot be spawned leaves nothing behind', async () => {
  const execution = executeSync(target(join(directory, 'none')), ['true'], 60_000);
  expect(execution).rejects.toThrow();
  await execution.catch(() => {});
  expect(readdirSync(join(directory, 'state'))).toEqual([]);
});

test('nor does one that is ended before it was read', async () => {
  const execution = executeSync(target(), ['sleep', '60'], 0);
  await execution.catch(() => {});
  expect(readdirSync(join(directory, 'state'))).toEqual([]);
});

test('a command with a NUL in it is refused', () => {
  expect(executeInContainer(target(), ['echo', 'a\0env=X=1'], { tty: false })).rejects.toThrow(
    'NUL in a command',
  );
});
