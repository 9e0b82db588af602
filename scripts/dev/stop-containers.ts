import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTimeOf } from './process-identity.ts';

/**
 * Ends the containers that a stopped kubelet has left running under its directory. They outlive a kubelet on
 * purpose; a development cluster that is stopped leaves no process. A container dies with its shim, whose process
 * the kubelet's runtime notes in a file named `shim`.
 */
export async function stopContainers(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
    if (file.endsWith('/shim')) killShim(join(directory, file));
  }
}

function killShim(file: string): void {
  try {
    const { pid, startTime } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; startTime: string };
    if (startTimeOf(pid) === startTime) process.kill(pid, 'SIGKILL');
  } catch {
    // Half-written, or its process is gone: nothing to end.
  }
}
