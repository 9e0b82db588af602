import { readdirSync, readFileSync } from 'node:fs';

/** What a process holds. */
export interface Holdings {
  readonly files: number;
  /** Its children that still run. */
  readonly processes: number;
  readonly residentBytes: number;
}

export function holdingsOf(pid: number): Holdings {
  return {
    files: readdirSync(`/proc/${pid}/fd`).length,
    processes: readdirSync('/proc').filter((name) => parentOf(name) === pid).length,
    residentBytes: Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]) * 1024,
  };
}

/** How many processes of this machine have exactly these arguments. */
export function processesWith(...argv: string[]): number {
  const wanted = argv.map((word) => `${word}\0`).join('');
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/cmdline`) === wanted)
    .length;
}

/** The fourth field of proc(5)'s stat; the second, a name, may hold anything. */
function parentOf(name: string): number {
  const stat = /^\d+$/.test(name) ? read(`/proc/${name}/stat`) : '';
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** Empty for a process that has ended. */
function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
