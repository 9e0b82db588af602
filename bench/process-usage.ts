import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const CLOCK_TICK_MICROS = 10_000;
const LISTEN = '0A';

/** The processes on this machine that listen on a TCP port; none when the port is another machine's. */
export function processesListeningOn(port: number): number[] {
  const inodes = new Set(['tcp', 'tcp6'].flatMap((table) => listeningInodes(`/proc/net/${table}`, port)));
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.filter((pid) => socketsOf(pid).some((inode) => inodes.has(inode))).map(Number);
}

function listeningInodes(path: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = readFileSync(path, 'utf8').trim().split('\n').slice(1);
  const fields = rows.map((row) => row.trim().split(/\s+/));
  return fields
    .filter(([, local, , state]) => state === LISTEN && local!.endsWith(`:${hex}`))
    .map((row) => row[9]!);
}

function socketsOf(pid: string): string[] {
  try {
    const descriptors = readdirSync(`/proc/${pid}/fd`);
    return descriptors.flatMap(
      (fd) => /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [],
    );
  } catch {
    // It has ended, or is another user's.
    return [];
  }
}

/** Processor time that processes have used in all their life, microseconds, to 10 ms. */
export function processorMicros(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + ticksOf(pid) * CLOCK_TICK_MICROS, 0);
}

/** utime and stime: the 14th and 15th field of proc(5)'s stat; the name before them may hold anything. */
function ticksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

/** Processes and all that they have started and that runs. */
export function withChildren(pids: readonly number[]): number[] {
  const childrenOf = (pid: number) =>
    readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);
  return pids.flatMap((pid) => [pid, ...withChildren(childrenOf(pid))]);
}

/** Memory that processes hold, megabytes. */
export function residentMegabytes(pids: readonly number[]): number {
  const kilobytes = (pid: number) =>
    Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
  return pids.reduce((sum, pid) => sum + (kilobytes(pid) * 1024) / 1e6, 0);
}
