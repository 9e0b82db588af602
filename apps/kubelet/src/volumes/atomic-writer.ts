import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { filePath, UnsafeNameError } from '../path-names.ts';

export interface VolumeFile {
  readonly data: Buffer;
  readonly mode: number;
  /** Who owns it, where that is not the kubelet. */
  readonly uid?: number;
}

/** Files by path relative to a volume. */
export type Payload = ReadonlyMap<string, VolumeFile>;

/** Who owns the files, where that is not the kubelet. */
export interface Ownership {
  gid: number;
}

const DATA = '..data';
/** A directory that this module made. */
const OWN = /^\.\.\d{4}_[\d_]+\.\d+$/;

/**
 * Puts files into a directory so that a reader sees all of the old ones or all of the new: they are written to
 * a directory of their own, `..data` is a symlink to it that changes in one rename, and what users see are
 * symlinks through `..data` (upstream's AtomicWriter, whose layout programs have come to know).
 * @returns whether anything changed.
 */
export function writeAtomically(directory: string, payload: Payload, ownership?: Ownership): boolean {
  checkPaths(payload);
  mkdirSync(directory, { recursive: true });
  const files = effective(payload, ownership);
  const previous = linkTarget(join(directory, DATA));
  if (previous !== undefined && OWN.test(previous) && isSame(join(directory, previous), files)) {
    linkNames(directory, files);
    return false;
  }
  const fresh = freshName(directory);
  writeFiles(join(directory, fresh), files, ownership);
  const temporary = join(directory, '..data_tmp');
  remove(temporary);
  symlinkSync(fresh, temporary);
  // A directory in the way would not be replaced.
  if (previous === undefined) remove(join(directory, DATA));
  renameSync(temporary, join(directory, DATA));
  linkNames(directory, files);
  for (const entry of readdirSync(directory))
    if (OWN.test(entry) && entry !== fresh) remove(join(directory, entry));
  return true;
}

/** Files that are for a group must be readable to it, whatever their mode says. */
function effective(payload: Payload, ownership: Ownership | undefined): Payload {
  if (ownership === undefined) return payload;
  return new Map([...payload].map(([path, file]) => [path, { ...file, mode: file.mode | 0o440 }]));
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

function checkPaths(payload: Payload): void {
  for (const path of payload.keys())
    if (filePath(path) !== path) throw new UnsafeNameError('path in a volume', path);
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Whatever is there is only looked at: what is no regular file, such as a pipe without a writer, is never opened. */
function isSame(directory: string, payload: Payload): boolean {
  if (!lstatSync(directory, { throwIfNoEntry: false })?.isDirectory()) return false;
  const files = filesBelow(directory);
  if (files.length !== payload.size) return false;
  return files.every((file) => {
    const wanted = payload.get(file);
    const path = join(directory, file);
    const stats = lstatSync(path);
    return (
      wanted !== undefined &&
      stats.isFile() &&
      (stats.mode & 0o777) === wanted.mode &&
      (wanted.uid === undefined || stats.uid === wanted.uid) &&
      readFileSync(path).equals(wanted.data)
    );
  });
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter(
    (entry) => !lstatSync(join(directory, entry)).isDirectory(),
  );
}

/** `..2026_01_02_03_04_05.123456789`: sorts by time, and no user's file can begin with two dots. */
function freshName(directory: string): string {
  const stamp = new Date().toISOString().slice(0, 19).replace(/[-T:]/g, '_');
  for (let number = Math.floor(Math.random() * 1e9); ; number += 1) {
    const name = `..${stamp}.${String(number % 1e9).padStart(9, '0')}`;
    if (!existsSync(join(directory, name))) return name;
  }
}

function writeFiles(directory: string, payload: Payload, ownership: Ownership | undefined): void {
  makeDirectory(directory);
  for (const [path, { data, mode, uid }] of payload) {
    const file = join(directory, path);
    makeDirectory(dirname(file));
    writeFileSync(file, data);
    if (ownership !== undefined || uid !== undefined) chownSync(file, uid ?? -1, ownership?.gid ?? -1);
    chmodSync(file, mode);
  }
}

function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  mkdirSync(path);
  // Whatever the umask: a container's user must be able to enter.
  chmodSync(path, 0o755);
}

function linkNames(directory: string, payload: Payload): void {
  const wanted = new Set([...payload.keys()].map((path) => path.split('/')[0]!));
  for (const entry of readdirSync(directory))
    if (!entry.startsWith('..') && !wanted.has(entry)) remove(join(directory, entry));
  for (const name of wanted) {
    const target = join(DATA, name);
    if (linkTarget(join(directory, name)) === target) continue;
    remove(join(directory, name));
    symlinkSync(target, join(directory, name));
  }
}
