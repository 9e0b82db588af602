import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './run-command.mjs';

/** Where packages put shared libraries, here or in a directory named after the architecture. */
const LIBRARY_ROOTS = ['usr/lib', 'lib'];

/**
 * The library packages that a package depends on, directly or through other libraries, and that this machine does
 * not have installed. Their names differ between releases of Debian and of Ubuntu, so apt is asked, with the options
 * under which it knows the package.
 */
export async function missingLibraries(name, aptOptions) {
  const found = new Set();
  const pending = [name];
  for (let next = pending.pop(); next; next = pending.pop()) {
    for (const library of await libraryDependencies(next, aptOptions)) {
      if (found.has(library) || (await isInstalled(library))) continue;
      found.add(library);
      pending.push(library);
    }
  }
  return [...found];
}

async function libraryDependencies(name, aptOptions) {
  const output = await runCommand('apt-cache', [...aptOptions, 'depends', name]);
  return parseDependencies(output).filter((dependency) => dependency.startsWith('lib'));
}

/** What `apt-cache depends` lists as needed; of alternatives (`|Depends`) the first. A virtual one stands in angle brackets. */
export function parseDependencies(output) {
  const names = [];
  let alternative = false;
  for (const line of output.split('\n')) {
    const [, more, name] = /^ {1,2}(\|?)(?:Pre)?Depends: (\S+)$/.exec(line) ?? [];
    if (name === undefined) continue;
    if (!alternative) names.push(name);
    alternative = more === '|';
  }
  return names;
}

async function isInstalled(name) {
  try {
    return /^Status: .* installed$/m.test(await runCommand('dpkg', ['-s', name]));
  } catch {
    return false;
  }
}

/** The directories with shared libraries under the root of an unpacked package. */
export function libraryDirectories(root) {
  return LIBRARY_ROOTS.map((directory) => join(root, directory))
    .filter(existsSync)
    .flatMap((directory) => [directory, ...subdirectories(directory)])
    .filter((directory) => readdirSync(directory).some((file) => /\.so(\.|$)/.test(file)));
}

function subdirectories(directory) {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(directory, entry.name));
}
