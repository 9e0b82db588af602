import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { containerConfig } from '../contract.ts';
import { executeInContainer } from './execute.ts';
import { installScripts } from './scripts.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'execute-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function target(scripts: string) {
  const container = {
    id: 'c',
    podSandboxId: 's',
    config: containerConfig(['true']),
    createdAt: '',
    bootId: '',
    logPath: '',
    execution: { bubblewrap: false, capabilities: [], noNewPrivs: false },
  };
  const state = join(directory, 'state');
  mkdirSync(state);
  return { scripts, directory: state, container, started: { pid: process.pid, startTime: '0' } };
}

test('a command that cannot be spawned leaves nothing behind', async () => {
  const execution = executeInContainer(target(join(directory, 'none')), ['true'], 60_000);
  expect(execution).rejects.toThrow();
  await execution.catch(() => {});
  expect(readdirSync(join(directory, 'state'))).toEqual([]);
});

test('nor does one that is ended before it was read', async () => {
  const execution = executeInContainer(target(installScripts(join(directory, 'bin'))), ['sleep', '60'], 0);
  await execution.catch(() => {});
  expect(readdirSync(join(directory, 'state'))).toEqual([]);
});
