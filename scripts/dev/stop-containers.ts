import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { sleep } from '@hawser/runtime';
import { isAlive, startTimeOf } from './process-identity.ts';

/** As the kubelet's process runtime notes them: a number alone may be another process by now. */
interface NotedProcess {
  readonly pid: number;
  readonly startTime: string;
}

/** For a container to end by itself; pods that want longer want it on a cluster that stays. */
const TERMINATE_MS = 2_000;
/** For its shim to write down how it ended. */
const RECORD_MS = 2_000;
const POLL_MS = 20;

/**
 * Ends the containers that a stopped kubelet has left running under its directory. They outlive a kubelet on
 * purpose, and so do the processes that hold their pods' network namespaces; a development cluster that is stopped
 * leaves no process. How they ended is on record when the next kubelet looks.
 */
export async function stopContainers(directory: string): Promise<void> {
  // There and nowhere else: what lies deeper belongs to the containers, which could name any process.
  const containers = join(directory, 'runtime/containers');
  if (!existsSync(containers)) return;
  const shims = readdirSync(containers).map((id) => join(containers, id, 'shim'));
  await Promise.all(shims.map(stopContainer));
  const sandboxes = join(directory, 'runtime/sandboxes');
  if (!existsSync(sandboxes)) return;
  for (const id of readdirSync(sandboxes)) {
    const holder = readProcess(join(sandboxes, id, 'sandbox.json'), (sandbox) => sandbox.network?.holder);
    if (holder) signal(holder.pid, 'SIGKILL');
  }
}

/** What a sandbox's record says of its network. */
interface NotedSandbox {
  readonly network?: { readonly holder: NotedProcess };
}

async function stopContainer(shimFile: string): Promise<void> {
  const shim = readProcess(shimFile);
  if (!shim) return;
  const container = readProcess(join(dirname(shimFile), 'started'));
  // The container leads a process group; the shim ends what has left it.
  if (container) signal(-container.pid, 'SIGTERM');
  if (await hasEnded(shim, TERMINATE_MS)) return;
  if (container) signal(-container.pid, 'SIGKILL');
  if (await hasEnded(shim, RECORD_MS)) return;
  signal(shim.pid, 'SIGKILL');
}

/** The process that a file speaks of, if it is alive. */
function readProcess(
  file: string,
  find = (record: NotedProcess & NotedSandbox): NotedProcess | undefined => record,
): NotedProcess | undefined {
  try {
    const noted = find(JSON.parse(readFileSync(file, 'utf8')));
    if (noted === undefined) return undefined;
    // 0, 1 and what is negative stand for groups, init and everybody.
    if (!Number.isInteger(noted.pid) || noted.pid <= 1) return undefined;
    return isAlive(noted.pid) && startTimeOf(noted.pid) === noted.startTime ? noted : undefined;
  } catch {
    // Missing or half-written: it had not started.
    return undefined;
  }
}

async function hasEnded({ pid }: NotedProcess, withinMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < withinMs; waitedMs += POLL_MS) {
    if (!isAlive(pid)) return true;
    await sleep(POLL_MS);
  }
  return !isAlive(pid);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended in between.
  }
}
