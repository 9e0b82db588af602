import { readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

export interface LogFile {
  path: string;
  sizeBytes: number;
  modifiedAt: Date;
  inode: number;
}

/** The name under which a full log is put aside: sorts by time. */
export function rotatedPath(logPath: string, now: Date): string {
  const [date, time] = now.toISOString().slice(0, 19).split('T');
  return `${logPath}.${date!.replaceAll('-', '')}-${time!.replaceAll(':', '')}`;
}

/** The files of one container's log, oldest first; the last is the one being written, if it is there. */
export function listLogFiles(logPath: string): LogFile[] {
  const directory = dirname(logPath);
  const name = basename(logPath);
  const rotated = listDirectory(directory).filter((entry) => /^\d{8}-\d{6}$/.test(suffixOf(entry, name)));
  return [...rotated.sort(), name]
    .map((entry) => describe(join(directory, entry)))
    .filter((file) => file !== undefined);
}

/** Removes a container's log with all its rotated files. */
export function removeLog(logPath: string): void {
  for (const { path } of listLogFiles(logPath)) rmSync(path, { force: true });
}

function suffixOf(entry: string, name: string): string {
  return entry.startsWith(`${name}.`) ? entry.slice(name.length + 1) : '';
}

function listDirectory(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function describe(path: string): LogFile | undefined {
  try {
    const { size, mtime, ino } = statSync(path);
    return { path, sizeBytes: size, modifiedAt: mtime, inode: ino };
  } catch {
    return undefined;
  }
}
