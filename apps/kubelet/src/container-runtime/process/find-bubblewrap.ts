import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { readEnvironment } from '@hawser/config';

/** Where set-up unpacks Debian's package, relative to the checkout. */
const UNPACKED = ['.tools/bin', '.tools/usr/bin', '.tools/bubblewrap/usr/bin', '.tools/bwrap/usr/bin'];
const CHECKOUT = join(import.meta.dir, '../../../../..');

/** Finds the bwrap executable: on PATH, else among the tools that set-up unpacked in the checkout. */
export function findBubblewrap(path = readEnvironment().path): string | undefined {
  const directories = [
    ...path.split(delimiter).filter(Boolean),
    ...UNPACKED.map((dir) => join(CHECKOUT, dir)),
  ];
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
