import { readFileSync } from 'node:fs';

/** Names a process so that it is never mistaken for a later one with the same ID. */
export interface ProcessIdentity {
  pid: number;
  /** Field 22 of /proc/PID/stat: clock ticks between boot and the start of the process. */
  startTime: string;
}

/** The start time of a process, or undefined when there is none with that ID, or it has ended unreaped. */
export function readStartTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The command's name stands in parentheses and may hold anything, parentheses too.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** Whether the very process still runs. */
export function isAlive(process: ProcessIdentity | undefined): boolean {
  return process !== undefined && readStartTime(process.pid) === process.startTime;
}

/** Identifies the running boot of the machine; process IDs of another boot mean nothing. */
export function readBootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

/** Signals a process and its group. Returns false when it has ended already. */
export function signalGroup(target: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(target)) return false;
  try {
    process.kill(-target.pid, signal);
    return true;
  } catch {
    return false;
  }
}
