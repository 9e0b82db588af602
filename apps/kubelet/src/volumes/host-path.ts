import { closeSync, mkdirSync, openSync, type Stats, statSync } from 'node:fs';

type Check = (stats: Stats) => boolean;

const CHECKS: Readonly<Record<string, { test: Check; noun: string }>> = {
  Directory: { test: (stats) => stats.isDirectory(), noun: 'a directory' },
  DirectoryOrCreate: { test: (stats) => stats.isDirectory(), noun: 'a directory' },
  File: { test: (stats) => stats.isFile(), noun: 'a file' },
  FileOrCreate: { test: (stats) => stats.isFile(), noun: 'a file' },
  Socket: { test: (stats) => stats.isSocket(), noun: 'a socket' },
  CharDevice: { test: (stats) => stats.isCharacterDevice(), noun: 'a character device' },
  BlockDevice: { test: (stats) => stats.isBlockDevice(), noun: 'a block device' },
};

/**
 * Checks a path of the node against the type that a hostPath volume names, making what is to be made.
 * @throws Error when it is not what it should be.
 */
export function prepareHostPath(path: string, type: string | undefined): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  // Untyped paths are made as directories, as container engines do for a missing source.
  if (stats === undefined && (!type || type === 'DirectoryOrCreate'))
    mkdirSync(path, { recursive: true, mode: 0o755 });
  else if (stats === undefined && type === 'FileOrCreate') closeSync(openSync(path, 'a', 0o644));
  else if (type) checkType(path, stats, type);
}

function checkType(path: string, stats: Stats | undefined, type: string): void {
  const check = CHECKS[type];
  if (stats === undefined) throw new Error(`hostPath type check failed: ${path} does not exist`);
  if (check && !check.test(stats))
    throw new Error(`hostPath type check failed: ${path} is not ${check.noun}`);
}
