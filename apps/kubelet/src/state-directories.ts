import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where a kubelet keeps what. */
export interface StateDirectories {
  /** A directory for each pod: its volumes and what its containers leave. */
  pods: string;
  runtime: string;
  /** As `pods`, but in memory, where the system has such a place. */
  memory: string;
}

const MEMORY = '/dev/shm';

/** Makes the directories of a kubelet under `--root-dir`, for its own eyes. */
export function makeStateDirectories(rootDirectory: string): StateDirectories {
  const name = `hawser-kubelet-${createHash('sha256').update(rootDirectory).digest('hex').slice(0, 16)}`;
  const pods = join(rootDirectory, 'pods');
  const directories = {
    pods,
    runtime: join(rootDirectory, 'runtime'),
    memory: existsSync(MEMORY) ? join(MEMORY, name) : pods,
  };
  for (const directory of Object.values(directories)) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chmodSync(directory, 0o700);
  }
  return directories;
}
