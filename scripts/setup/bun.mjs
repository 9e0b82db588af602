import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { runCommand, say } from './run-command.mjs';
import { binDirectory, linkTool, projectRoot, toolsRoot } from './tools-directory.mjs';

const installed = join(toolsRoot, 'node_modules');

/** The Bun version that `packageManager` in package.json pins. */
export function pinnedBunVersion() {
  const { packageManager } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
  return /^bun@([^+]+)/.exec(packageManager)[1];
}

/** Makes `.tools/bin/bun` the pinned Bun, from npm, and returns its path. */
export async function ensureBun() {
  const version = pinnedBunVersion();
  const link = join(binDirectory, 'bun');
  if (existsSync(link) && installedVersion() === version) return link;
  say(`fetching Bun ${version} from npm into .tools/`);
  // Install scripts stay off: the one of this package only moves the platform's binary over a placeholder.
  await runCommand('npm', [
    'install',
    '--prefix',
    toolsRoot,
    '--ignore-scripts',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--include=optional',
    `bun@${version}`,
  ]);
  linkTool('bun', await findBinary(version));
  return link;
}

function installedVersion() {
  const manifest = join(installed, 'bun', 'package.json');
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : undefined;
}

/** npm may bring several builds for one platform (with and without AVX2, glibc and musl): the one that runs. */
async function findBinary(version) {
  const platforms = existsSync(join(installed, '@oven')) ? readdirSync(join(installed, '@oven')) : [];
  for (const platform of platforms) {
    const binary = join(installed, '@oven', platform, 'bin', 'bun');
    const answer = await runCommand(binary, ['--version']).catch(() => '');
    if (answer.trim() === version) return binary;
  }
  throw new Error(`npm has no Bun ${version} that runs on ${process.platform} ${process.arch}`);
}

/**
 * Puts Bun beside the other commands in `node_modules/.bin`, which npx puts on PATH: `npx turbo run dev` works on a
 * machine that has no Bun of its own.
 */
export function linkBunForNpx(bun) {
  const link = join(projectRoot, 'node_modules/.bin/bun');
  if (!existsSync(link)) symlinkSync(relative(dirname(link), bun), link);
}
