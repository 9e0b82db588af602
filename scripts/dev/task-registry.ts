import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sleep, writeFileAtomic } from '@hawser/runtime';
import { isAlive, startTimeOf } from './process-identity.ts';

const directoryOf = (home: string): string => join(home, 'run');
const fileOf = (home: string, task: string): string => join(directoryOf(home), `${task}.pid`);

/**
 * Notes that this process runs a task; disposing takes the note away. Throws when another process that is alive
 * has the task: two hubs on one state directory would fight.
 */
export function registerTask(home: string, task: string): Disposable {
  const other = runningTask(home, task);
  if (other !== undefined) throw new Error(`${task} runs already, as process ${other}`);
  mkdirSync(directoryOf(home), { recursive: true });
  writeFileAtomic(fileOf(home, task), `${process.pid} ${startTimeOf(process.pid) ?? ''}\n`);
  return { [Symbol.dispose]: () => rmSync(fileOf(home, task), { force: true }) };
}

/** The process that runs a task, if one does. A number that a later process got by chance does not count. */
export function runningTask(home: string, task: string): number | undefined {
  const file = fileOf(home, task);
  if (!existsSync(file)) return undefined;
  const [pidText = '', startedAt = ''] = readFileSync(file, 'utf8').trim().split(' ');
  const pid = Number(pidText);
  return pid !== process.pid && isAlive(pid) && (startTimeOf(pid) ?? '') === startedAt ? pid : undefined;
}

/** All tasks that run. */
export function runningTasks(home: string): { task: string; pid: number }[] {
  if (!existsSync(directoryOf(home))) return [];
  return readdirSync(directoryOf(home)).flatMap((name) => {
    const task = name.replace(/\.pid$/, '');
    const pid = runningTask(home, task);
    return pid === undefined ? [] : [{ task, pid }];
  });
}

/** Asks the process of a task to stop and waits until it has. */
export async function stopTask(home: string, task: string, signal?: AbortSignal): Promise<void> {
  const pid = runningTask(home, task);
  if (pid === undefined) return;
  process.kill(pid, 'SIGTERM');
  while (isAlive(pid)) await sleep(20, signal);
}
