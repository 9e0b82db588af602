#!/usr/bin/env node
// What `npm run dev`, `npm test` and `npm run build` start: makes a fresh checkout runnable on a machine with nothing but Node and
// npm, then hands over to Bun. Everything it fetches lies in `.tools/` and `node_modules/`; a second run fetches
// nothing. Plain Node, because nothing else is there yet.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { ensureBun, linkBunForNpx } from './setup/bun.mjs';
import { debianToolsFor, ensureDebianTools } from './setup/debian-tool.mjs';
import { ensureHawserCommand } from './setup/hawser-command.mjs';
import { ensureKubectls } from './setup/kubectl.mjs';
import { runCommand } from './setup/run-command.mjs';
import { projectRoot, toolsPath } from './setup/tools-directory.mjs';

const COMMANDS = {
  dev: 'scripts/dev.ts',
  test: 'scripts/test.ts',
  build: 'scripts/build.ts',
  tools: undefined,
};

/** Only tests want every pinned kubectl, and helm; a development cluster wants the newest kubectl. */
const kubectlsFor = (command, [newest, ...others]) =>
  command === 'dev' ? [{ ...newest, with: [] }] : [newest, ...others];

async function setUp(command, args) {
  const tools = JSON.parse(readFileSync(join(projectRoot, 'scripts/tools.json'), 'utf8'));
  const [bun] = await Promise.all([
    ensureBun().then(installDependencies),
    ensureKubectls(kubectlsFor(command, tools.kubectl)),
    ensureDebianTools(debianToolsFor(command, args, tools.debian)),
  ]);
  return bun;
}

async function installDependencies(bun) {
  ensureHawserCommand();
  await runCommand(bun, ['install', '--frozen-lockfile'], { cwd: projectRoot });
  linkBunForNpx(bun);
  return bun;
}

/**
 * Runs a script under Bun until it ends, and ends as it did. Signals are passed on and not obeyed: what was
 * started has things to stop in order first.
 */
function handOver(bun, script, args) {
  const env = { ...process.env, PATH: toolsPath() };
  const child = spawn(bun, [script, ...args], { cwd: projectRoot, env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', fail);
  child.on('close', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

function fail(error) {
  console.error(`setup: ${error.message}`);
  process.exit(1);
}

const [command = '', ...args] = process.argv.slice(2);
if (!Object.hasOwn(COMMANDS, command))
  fail(new Error(`usage: setup.mjs ${Object.keys(COMMANDS).join('|')} [options]`));
try {
  const bun = await setUp(command, args);
  if (COMMANDS[command]) handOver(bun, COMMANDS[command], args);
} catch (error) {
  fail(error);
}
