import { mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { runCommand, say } from './run-command.mjs';
import { toolsRoot } from './tools-directory.mjs';

/**
 * With the machine's own package lists if they serve; else with lists in `.tools/apt`, fetched when the ones from
 * before (if any) do not serve either. Returns the options under which apt knows the package.
 */
export async function downloadPackage(name, directory) {
  const download = (options) => runCommand('apt-get', [...options, 'download', name], { cwd: directory });
  const ownLists = privateOptions({ lists: true });
  const attempts = [privateOptions({ lists: false }), ownLists];
  for (const options of attempts) {
    try {
      await download(options);
      return options;
    } catch {
      // The next attempt, or the last one below, which says what is wrong.
    }
  }
  say('fetching Debian package lists into .tools/apt');
  await runCommand('apt-get', [...ownLists, 'update']);
  await download(ownLists);
  return ownLists;
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
