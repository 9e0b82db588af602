import { posix } from 'node:path';

/** A path in a container, absolute and without `..`, which cannot lead above the root there, as in any process. */
export function containerPath(path: string): string {
  const normal = posix.normalize(`/${path}`);
  return normal === '/' ? normal : normal.replace(/\/$/, '');
}
