import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '@hawser/runtime';

/** Where a kubelet keeps what. */
export interface StateDirectories {
  /** A directory for each pod: its volumes and what its containers leave. */
  pods: string;
  runtime: string;
  /** Audit events that are not in the stream yet. */
  audit: string;
  /** As `pods`, but in memory, where the system has such a place. */
  memory: string;
}

const MEMORY = '/dev/shm';

/**
 * Makes the directories of a kubelet under `--root-dir`, for its own eyes.
 * @param memory where the system keeps files in memory; any user may write there.
 */
export function makeStateDirectories(rootDirectory: string, memory = MEMORY): StateDirectories {
  const pods = join(rootDirectory, 'pods');
  const runtime = join(rootDirectory, 'runtime');
  const audit = join(rootDirectory, 'audit');
  for (const directory of [pods, runtime, audit]) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chmodSync(directory, 0o700);
  }
  return { pods, runtime, audit, memory: existsSync(memory) ? memoryDirectory(rootDirectory, memory) : pods };
}

/**
 * The same directory after a restart, since containers that run on have their volumes there. Its name can be
 * foretold: where somebody else was first, a name that cannot be is taken and written down.
 */
function memoryDirectory(rootDirectory: string, memory: string): string {
  const note = join(rootDirectory, 'memory-directory');
  const noted = existsSync(note) ? readFileSync(note, 'utf8') : undefined;
  if (noted !== undefined && isOurs(noted)) return noted;
  const hash = createHash('sha256').update(rootDirectory).digest('hex').slice(0, 16);
  const path = join(memory, `hawser-kubelet-${hash}`);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  if (isOurs(path)) return path;
  const fresh = mkdtempSync(`${path}-`);
  writeFileAtomic(note, fresh, 0o600);
  return fresh;
}

function isOurs(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.isDirectory() === true && stats.uid === process.getuid!() && (stats.mode & 0o777) === 0o700;
}
