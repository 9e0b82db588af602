import { chmodSync, closeSync, lstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/**
 * Makes a directory in a container's root where there is none, which the kubelet does with its own rights: no part of the path may
 * lead elsewhere.
 * @param path absolute, as the container sees it.
 * @throws RangeError for a path that is not normalised, or goes through anything but directories.
 */
export function makeDirectory(root: string, path: string, mode: number): void {
  let made = root;
  const parts = partsBelow(path);
  for (const [index, part] of parts.entries()) {
    made = join(made, part);
    const stats = lstatSync(made, { throwIfNoEntry: false });
    if (stats?.isDirectory()) continue;
    if (stats !== undefined) throw new RangeError(`${path} goes through what is not a directory`);
    mkdirSync(made);
    // Whatever the umask.
    chmodSync(made, index === parts.length - 1 ? mode : 0o755);
  }
}

/** Makes a file to mount another on, where there is none. @throws as `makeDirectory`. */
export function makeFile(root: string, path: string): void {
  const parts = partsBelow(path);
  makeDirectory(root, dirname(path), 0o755);
  const file = join(root, ...parts);
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) closeSync(openSync(file, 'wx', 0o644));
  else if (!stats.isFile()) throw new RangeError(`${path} is not a file`);
}

/** A path past the one symlink that a container's root begins with, /var/run, which is never followed. */
export function directPath(path: string): string {
  return path.replace(/^\/var\/run(?=\/|$)/, '/run');
}

function partsBelow(path: string): string[] {
  if (!path.startsWith('/') || posix.normalize(path) !== path)
    throw new RangeError(`not a normalised path of a container: ${JSON.stringify(path)}`);
  return directPath(path).split('/').filter(Boolean);
}
