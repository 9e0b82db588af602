import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes a file so that a reader, or a crash, sees the old content or the new, never a part: a temporary file
 * in the same directory, synced, then renamed over the target. The directory is made if missing. A file that root
 * writes anew stays its owner's: a service that runs as somebody else is to read it afterwards as before.
 * @param mode permission bits; keys and tokens take 0o600.
 */
export function writeFileAtomic(path: string, data: string | Uint8Array, mode = 0o644): void {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = openSync(temporary, 'wx', mode);
    try {
      const bytes = typeof data === 'string' ? Buffer.from(data) : data;
      for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
      keepOwner(file, path);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(directory);
}

/** Nobody but root may give files away. */
function keepOwner(file: number, path: string): void {
  if (process.getuid?.() !== 0) return;
  const owner = lstatSync(path, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) fchownSync(file, owner.uid, owner.gid);
}

/** Makes a rename durable; the file's own sync does not cover its directory entry. */
function syncDirectory(directory: string): void {
  const handle = openSync(directory, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
