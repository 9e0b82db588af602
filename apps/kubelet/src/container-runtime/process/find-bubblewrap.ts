import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { readEnvironment } from '@hawser/config';

/** Where set-up links what it unpacks. */
const TOOLS = join(import.meta.dir, '../../../../../.tools/bin');

/** Finds the bwrap executable: on PATH, else among the tools that set-up unpacked in the checkout. */
export function findBubblewrap(path = readEnvironment().path): string | undefined {
  const directories = [...path.split(delimiter).filter(Boolean), TOOLS];
  return directories.map((directory) => join(directory, 'bwrap')).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
