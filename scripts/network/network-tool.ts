import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dir, '../..');
/** Where Debian puts them, which an ordinary user's PATH does not name. */
const SYSTEM_DIRECTORIES = ['/usr/sbin', '/sbin'];

/** A command of the network's: on PATH, in the system's directories, or fetched by set-up. @throws Error if absent. */
export function findNetworkTool(name: 'ip' | 'nft' | 'tcpdump'): string {
  const found = Bun.which(name) ?? candidates(name).find((path) => existsSync(path));
  if (found === undefined) throw new Error(`no ${name}: run \`node scripts/setup.mjs tools\` first`);
  return found;
}

function candidates(name: string): string[] {
  return [...SYSTEM_DIRECTORIES, join(root, '.tools/bin')].map((directory) => join(directory, name));
}

/** Runs a command to its end and returns what it printed. @throws Error with what it complained of. */
export function runNetworkTool(argv: readonly string[], stdin = ''): string {
  const { success, stdout, stderr } = Bun.spawnSync([...argv], { stdin: Buffer.from(stdin) });
  if (success) return stdout.toString();
  throw new Error(`${argv.join(' ')}: ${stderr.toString().trim()}`);
}
