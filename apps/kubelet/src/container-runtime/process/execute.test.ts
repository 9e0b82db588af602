import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@hawser/client/testing';
import { containerConfig } from '../contract.ts';
import { pidsWith } from '../exec-contract.ts';
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

test('a process that only has the ID of the container’s is not entered', async () => {
  const ended = target();
  ended.container.execution.bubblewrap = true;
  const execution = executeInContainer(ended, ['true'], { tty: false });
  await expect(execution).rejects.toThrow('the container has ended');
});

/** Has the command wait between its fork and its session, as it does on a busy machine. */
function delayCommand(scripts: string): void {
  const path = join(scripts, 'enter.pl');
  const late = `BEGIN { *CORE::GLOBAL::fork = sub {
    my $pid = CORE::fork;
    select undef, undef, undef, 2 if defined $pid && !$pid;
    return $pid;
  } }`;
  writeFileSync(path, readFileSync(path, 'latin1').replace('use warnings;', `use warnings; ${late}`), {
    encoding: 'latin1',
  });
}

test('a command whose client leaves before it has a session of its own ends all the same', async () => {
  delayCommand(join(directory, 'bin'));
  const mark = `60.${process.pid}7`;
  const gone = new AbortController();
  const execution = executeInContainer(target(), ['sleep', mark], { tty: false, signal: gone.signal });
  const supervisors = () => pidsWith(join(directory, 'state'));
  // Supervisor and command, which was forked and has executed nothing yet.
  await eventually(() => supervisors().length === 2);
  gone.abort(new Error('gone'));
  await expect(execution).rejects.toThrow('gone');
  await eventually(() => supervisors().length + pidsWith(mark).length === 0);
}, 20_000);
