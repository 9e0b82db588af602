import { closeSync, constants, fstatSync, mkdirSync, openSync, realpathSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** A part of a volume, held so that nothing can take its place. */
export interface HeldPath extends Disposable {
  /** For a mount; good until disposal. */
  readonly path: string;
}

/** Linux: a file descriptor that only names a file. */
const O_PATH = 0x200000;

/**
 * Resolves a `subPath` in a volume, making missing directories. A container that shares the volume may exchange
 * a directory for a symlink at any moment; so, once resolved, the path is walked again without following any,
 * and the mount is made from the file descriptor at its end. (A kubelet that is not root cannot let bubblewrap
 * see its descriptors: there the path is given, and the sandbox ends at that user's own files anyway.)
 * @throws Error when it leads out of the volume.
 */
export function holdSubPath(volumePath: string, subPath: string): HeldPath {
  if (subPath.startsWith('/') || subPath.split('/').includes('..'))
    throw new Error(`subPath ${JSON.stringify(subPath)} must be relative and must not contain '..'`);
  const root = realpathSync(volumePath);
  const inside = makeAndResolve(root, subPath);
  if (process.getuid?.() !== 0) return { path: join(root, inside), [Symbol.dispose]: () => {} };
  const descriptor = walk(root, inside.split(sep).filter(Boolean));
  const path = `/proc/${process.pid}/fd/${descriptor}`;
  return { path, [Symbol.dispose]: () => closeSync(descriptor) };
}

/** The resolved path, relative to the root. */
function makeAndResolve(root: string, subPath: string): string {
  let resolved = root;
  for (const part of subPath.split('/').filter((part) => part !== '' && part !== '.')) {
    const next = join(resolved, part);
    try {
      resolved = realpathSync(next);
    } catch {
      mkdirSync(next, { mode: 0o755 });
      resolved = next;
    }
    const inside = relative(root, resolved);
    if (inside === '..' || inside.startsWith(`..${sep}`))
      throw new Error(`subPath ${JSON.stringify(subPath)} leads out of the volume`);
  }
  return relative(root, resolved);
}

function walk(root: string, parts: readonly string[]): number {
  let descriptor = openSync(root, O_PATH | constants.O_DIRECTORY);
  for (const part of parts) {
    const parent = descriptor;
    try {
      descriptor = openSync(`/proc/self/fd/${parent}/${part}`, O_PATH | constants.O_NOFOLLOW);
    } finally {
      closeSync(parent);
    }
    if (!fstatSync(descriptor).isSymbolicLink()) continue;
    closeSync(descriptor);
    throw new Error('a subPath was exchanged for a symlink while it was resolved');
  }
  return descriptor;
}
