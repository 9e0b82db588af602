import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { downloadPackage } from './debian-download.mjs';
import { runCommand, say } from './run-command.mjs';
import { libraryDirectories, missingLibraries } from './shared-libraries.mjs';
import { findCommand, isExecutable, linkTool, toolsRoot, withScratch, wrapTool } from './tools-directory.mjs';

/** Where packages put commands. */
const COMMAND_DIRECTORIES = ['usr/sbin', 'usr/bin', 'sbin', 'bin'];

/**
 * Makes a command available: the one on PATH, else the one in a Debian package that is downloaded and unpacked
 * into `.tools/`. Nothing is installed, no maintainer script runs, no service starts, root is not needed. Where
 * that cannot be done it says in one line how to get the command, and set-up goes on.
 */
export async function ensureDebianTools(pins) {
  // One after another: they share apt's private state.
  for (const pin of pins) await ensureDebianTool(pin);
}

/**
 * The tools that a command of set-up wants: tests all, others those that they always want (`option` absent) and
 * those of an option that they are given, such as `--network netns` for `npm run dev`.
 */
export function debianToolsFor(command, args, pins) {
  if (command === 'test' || command === 'tools') return pins;
  const given = args.join(' ').replaceAll('=', ' ');
  return pins.filter(({ option }) => option === undefined || given.includes(option));
}

async function ensureDebianTool({ command, package: name, probe = ['--version'], without }) {
  if (findCommand(command)) return;
  try {
    if (!findCommand('apt-get') || !findCommand('dpkg')) throw new Error('this is not Debian');
    say(`fetching ${name} from Debian into .tools/ (unpacked, not installed)`);
    await fetchTool(command, name, probe);
  } catch (error) {
    say(`no ${command} (${error.message}); until you \`apt-get install ${name}\`, ${without}`);
  }
}

/** Unpacks the package; with the libraries that this machine lacks, if the command does not run without them. */
async function fetchTool(command, name, probe) {
  const root = join(toolsRoot, 'debian', name);
  const aptOptions = await unpackPackages([name], root);
  const binary = binaryOf(command, root);
  if (!binary) throw new Error(`package ${name} has no ${command}`);
  try {
    await runCommand(binary, probe);
    linkTool(command, binary);
  } catch {
    await unpackPackages([name, ...(await missingLibraries(name, aptOptions))], root);
    const directories = libraryDirectories(root);
    await runCommand(binary, probe, {
      env: { ...process.env, LD_LIBRARY_PATH: directories.join(delimiter) },
    });
    wrapTool(command, binary, directories);
  }
}

function binaryOf(command, root) {
  return COMMAND_DIRECTORIES.map((directory) => join(root, directory, command)).find(isExecutable);
}

/**
 * Unpacks packages into one directory, which replaces what was there once all of them are whole. Returns the
 * options under which apt knows them.
 */
function unpackPackages(names, target) {
  return withScratch(async (scratch) => {
    let aptOptions;
    for (const name of names) aptOptions = await downloadPackage(name, scratch);
    for (const archive of readdirSync(scratch).filter((file) => file.endsWith('.deb'))) {
      await runCommand('dpkg', ['-x', join(scratch, archive), join(scratch, 'root')]);
    }
    rmSync(target, { recursive: true, force: true });
    mkdirSync(join(toolsRoot, 'debian'), { recursive: true });
    renameSync(join(scratch, 'root'), target);
    return aptOptions;
  });
}
