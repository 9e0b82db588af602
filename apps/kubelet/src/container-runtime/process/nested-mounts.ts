import { lstatSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Mount } from '../container-runtime.ts';
import { UnsupportedSettingError } from '../errors.ts';
import { directPath } from './root-directory.ts';

/**
 * Looks at mounts that lie in others: bubblewrap makes their mount points while it still has the whole node at
 * hand, and would follow a symlink that a container has left in a volume to anywhere.
 * @throws UnsupportedSettingError when the way to one leads out of the volume it lies in.
 */
export function checkNestedMounts(mounts: readonly Mount[]): void {
  for (const mount of mounts) {
    const outer = innermostAround(mount, mounts);
    if (outer !== undefined && leadsOut(outer.hostPath, pathIn(outer, mount)))
      throw new UnsupportedSettingError(
        `cannot mount at ${mount.containerPath}: a symlink leads out of the volume at ${outer.containerPath}`,
      );
  }
}

function innermostAround(mount: Mount, mounts: readonly Mount[]): Mount | undefined {
  const path = directPath(mount.containerPath);
  const around = mounts.filter(({ containerPath }) => path.startsWith(`${directPath(containerPath)}/`));
  return around.sort((a, b) => directPath(b.containerPath).length - directPath(a.containerPath).length)[0];
}

function pathIn(outer: Mount, { containerPath }: Mount): string[] {
  return directPath(containerPath).slice(directPath(outer.containerPath).length).split('/').filter(Boolean);
}

/** What is not there yet is made in the volume; a symlink to what is not there is no such thing. */
function leadsOut(volume: string, parts: readonly string[]): boolean {
  const root = realpathSync(volume);
  let path = root;
  for (const part of parts) {
    const next = join(path, part);
    if (lstatSync(next, { throwIfNoEntry: false }) === undefined) return false;
    try {
      path = realpathSync(next);
    } catch {
      return true;
    }
    if (!path.startsWith(`${root}/`)) return true;
  }
  return false;
}
