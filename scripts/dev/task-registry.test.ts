import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTimeOf } from './process-identity.ts';
import { registerTask, runningTasks, stopTask } from './task-registry.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hawser-tasks-'));
  mkdirSync(join(home, 'run'));
});
afterEach(() => rmSync(home, { recursive: true }));

/** Somebody else's note. */
const note = (task: string, pid: number, startTime = startTimeOf(pid)) =>
  writeFileSync(join(home, 'run', `${task}.pid`), `${pid} ${startTime}\n`);

test('a task that runs in another process is not started twice, and can be stopped', async () => {
  const other = Bun.spawn(['sleep', '1000']);
  note('apiserver', other.pid);
  expect(() => registerTask(home, 'apiserver')).toThrow(`apiserver runs already, as process ${other.pid}`);
  expect(runningTasks(home)).toEqual([{ task: 'apiserver', pid: other.pid }]);
  await stopTask(home, 'apiserver');
  await other.exited;
  expect(other.signalCode).toBe('SIGTERM');
  expect(runningTasks(home)).toEqual([]);
});

test('a note left behind by a process that was killed does not count, even when its number is in use again', () => {
  const other = Bun.spawn(['sleep', '1000']);
  note('apiserver', other.pid, '1');
  expect(runningTasks(home)).toEqual([]);
  other.kill();
});

test('the note goes when the task ends', () => {
  {
    using _registration = registerTask(home, 'nats');
    expect(() => registerTask(home, 'nats')).not.toThrow();
  }
  expect(runningTasks(home)).toEqual([]);
});
