import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { runCommand, say } from './run-command.mjs';
import { findCommand, isExecutable, linkTool, toolsRoot, withScratch } from './tools-directory.mjs';

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

async function ensureDebianTool({ command, package: name, without }) {
  if (findCommand(command)) return;
  try {
    if (!findCommand('apt-get') || !findCommand('dpkg')) throw new Error('this is not Debian');
    say(`fetching ${name} from Debian into .tools/ (unpacked, not installed)`);
    linkTool(command, await unpackPackage(name, command));
  } catch (error) {
    say(`no ${command} (${error.message}); until you \`apt-get install ${name}\`, ${without}`);
  }
}

async function unpackPackage(name, command) {
  const target = join(toolsRoot, 'debian', name);
  await withScratch(async (scratch) => {
    await downloadPackage(name, scratch);
    const archive = readdirSync(scratch).find((file) => file.endsWith('.deb'));
    await runCommand('dpkg', ['-x', join(scratch, archive), join(scratch, 'root')]);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(join(toolsRoot, 'debian'), { recursive: true });
    renameSync(join(scratch, 'root'), target);
  });
  const binary = COMMAND_DIRECTORIES.map((directory) => join(target, directory, command)).find(isExecutable);
  if (!binary) throw new Error(`package ${name} has no ${command}`);
  await runCommand(binary, ['--version']);
  return binary;
}

/**
 * With the machine's own package lists if they serve; else with lists in `.tools/apt`, fetched when the ones from
 * before (if any) do not serve either.
 */
async function downloadPackage(name, directory) {
  const download = (options) => runCommand('apt-get', [...options, 'download', name], { cwd: directory });
  const ownLists = privateOptions({ lists: true });
  const attempts = [privateOptions({ lists: false }), ownLists];
  for (const options of attempts) {
    try {
      return await download(options);
    } catch {
      // The next attempt, or the last one below, which says what is wrong.
    }
  }
  say('fetching Debian package lists into .tools/apt');
  await runCommand('apt-get', [...ownLists, 'update']);
  await download(ownLists);
}

/** apt with a cache, and if asked package lists, of its own, so that nothing of the system's is written. */
function privateOptions({ lists }) {
  const root = join(toolsRoot, 'apt');
  for (const directory of ['lists/partial', 'cache/archives/partial', 'log']) {
    mkdirSync(join(root, directory), { recursive: true });
  }
  const settings = {
    'Dir::Cache': join(root, 'cache'),
    'Dir::Log': join(root, 'log'),
    ...(lists && {
      'Dir::State': root,
      'Dir::State::Lists': join(root, 'lists'),
      'Dir::State::status': '/var/lib/dpkg/status',
    }),
    'Acquire::http::Timeout': '20',
    // Without it apt, started by root, changes to a user who may not write here.
    'APT::Sandbox::User': userInfo().username,
  };
  return Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
}
