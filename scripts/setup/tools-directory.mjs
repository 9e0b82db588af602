import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const toolsRoot = join(projectRoot, '.tools');
export const binDirectory = join(toolsRoot, 'bin');

/** Debian puts daemons where an ordinary user's PATH does not look. */
const SYSTEM_DIRECTORIES = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The search path of everything that set-up starts: fetched tools first. */
export function toolsPath() {
  return [binDirectory, process.env.PATH ?? '', ...SYSTEM_DIRECTORIES].join(delimiter);
}

/** Where a command is, looking at fetched tools first; undefined when nowhere. */
export function findCommand(name) {
  return toolsPath()
    .split(delimiter)
    .filter(Boolean)
    .map((directory) => join(directory, name))
    .find(isExecutable);
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Links `.tools/bin/NAME` to a file, replacing an older link in one step: two set-ups may run at once. */
export function linkTool(name, target) {
  mkdirSync(binDirectory, { recursive: true });
  const temporary = join(binDirectory, `.${name}.${process.pid}`);
  rmSync(temporary, { force: true });
  symlinkSync(relative(binDirectory, target), temporary);
  renameSync(temporary, join(binDirectory, name));
}

/**
 * Makes `.tools/bin/NAME` a script that runs a file with shared libraries of its own. Paths are relative to the
 * script, so that the checkout may be moved.
 */
export function wrapTool(name, target, libraryDirectories) {
  const fromScript = (path) => `\${0%/*}/${relative(binDirectory, path)}`;
  const libraries = libraryDirectories.map(fromScript).join(':');
  mkdirSync(binDirectory, { recursive: true });
  const temporary = join(binDirectory, `.${name}.${process.pid}`);
  writeFileSync(temporary, `#!/bin/sh\nLD_LIBRARY_PATH="${libraries}" exec "${fromScript(target)}" "$@"\n`);
  chmodSync(temporary, 0o755);
  renameSync(temporary, join(binDirectory, name));
}

/** Calls `use` with a directory of its own under `.tools/`, removed afterwards whatever happens. */
export async function withScratch(use) {
  mkdirSync(toolsRoot, { recursive: true });
  const directory = mkdtempSync(join(toolsRoot, 'tmp-'));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
