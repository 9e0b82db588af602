import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { readEnvironment } from '@hawser/config';

/** Where set-up links what it unpacks. */
const TOOLS = join(import.meta.dir, '../../../../.tools/bin');
/** Where Debian puts them, which not every PATH names. */
const SYSTEM_DIRECTORIES = ['/usr/sbin', '/sbin'];

/** Finds an executable: on PATH, in the system's directories, among the tools that set-up unpacked in the checkout. */
export function findTool(name: 'nft' | 'ip' | 'perl', path = readEnvironment().path): string | undefined {
  const directories = [...path.split(delimiter).filter(Boolean), ...SYSTEM_DIRECTORIES, TOOLS];
  return directories.map((directory) => join(directory, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
