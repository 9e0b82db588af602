import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { readEnvironment } from './environment.ts';

/** Where set-up links what it unpacks in the checkout. */
const TOOLS = join(import.meta.dir, '../../../.tools/bin');

/** Where Debian puts an administrator's commands, which not every PATH names. */
export const SYSTEM_DIRECTORIES: readonly string[] = ['/usr/sbin', '/sbin'];

/**
 * Finds an executable: on PATH, in these further directories, among the tools that set-up unpacked.
 * @param path as PATH has it. @returns its file; undefined where there is none.
 */
export function findExecutable(
  name: string,
  directories: readonly string[] = [],
  path = readEnvironment().path,
): string | undefined {
  const all = [...path.split(delimiter).filter(Boolean), ...directories, TOOLS];
  return all.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
