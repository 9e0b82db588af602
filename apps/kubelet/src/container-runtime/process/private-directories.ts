import { realpathSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/**
 * The directories with keys and other pods' files that no container may see: the kubelet's own, and the whole
 * installation's state directory where the kubelet's lies in it as `nodes/NAME`.
 */
export function privateDirectories(rootDirectory: string, certificateDirectory: string): string[] {
  const parent = dirname(rootDirectory);
  const home = basename(parent) === 'nodes' ? [dirname(parent)] : [];
  return [rootDirectory, certificateDirectory, ...home];
}

/**
 * Bubblewrap's options that put an empty directory over each private one which lies below a bound path, where an
 * installation under /usr/local would have it.
 */
export function coverOptions(bound: readonly string[], directories: readonly string[]): string[] {
  const real = new Set(directories.map(realPath).filter((path) => path !== undefined));
  const isBelow = (path: string, other: string) => path.startsWith(`${other}/`);
  return [...real]
    .filter((path) => bound.some((other) => isBelow(path, other)))
    .filter((path) => ![...real].some((other) => isBelow(path, other) && !bound.includes(other)))
    .flatMap((path) => ['--tmpfs', path, '--remount-ro', path]);
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
