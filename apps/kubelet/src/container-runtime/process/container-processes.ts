import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/**
 * The processes of containers: those under their shims, and those in their pid namespaces, as commands are that were
 * run in them later.
 * @param shims IDs of the shims' processes.
 * @param mains IDs of the containers' own processes.
 */
export function containerProcesses(shims: readonly number[], mains: readonly number[]): number[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  const own = pidNamespace(process.pid);
  const namespaces = new Set(mains.map(pidNamespace).filter((name) => name !== undefined && name !== own));
  const children = Map.groupBy(all, parentOf);
  const found = new Set<number>();
  const add = (pid: number): void => {
    for (const child of children.get(pid) ?? [])
      if (!found.has(child)) {
        found.add(child);
        add(child);
      }
  };
  for (const shim of shims) add(shim);
  for (const pid of all) if (namespaces.has(pidNamespace(pid))) found.add(pid);
  return [...found];
}

function pidNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}
