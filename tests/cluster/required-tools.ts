import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findNatsServer } from '../../scripts/services.ts';
import { findSshd } from '../../scripts/sshd.ts';

/** Where set-up puts what it fetches. */
export const binaries = join(import.meta.dir, '../../.tools/bin');
const REMEDY = 'run `node scripts/setup.mjs tools` first, as `npm test` does';

/** Every kubectl that set-up fetches: the compatibility table is run by all of them. */
export const ALL_KUBECTL_VERSIONS = ['1.27', '1.30', '1.33', '1.36'] as const;
export type KubectlVersion = (typeof ALL_KUBECTL_VERSIONS)[number];

/** The kubectls that end-to-end tests of whole lives are run with. */
export const KUBECTL_VERSIONS = ['1.36', '1.30'] as const satisfies readonly KubectlVersion[];

/** The path of a kubectl that set-up fetched, never one that happens to be on PATH. @throws Error if absent. */
export function kubectlPath(version: KubectlVersion): string {
  return required(join(binaries, `kubectl-${version}`), `kubectl ${version}`);
}

/** The path of the helm that set-up fetched. @throws Error if absent. */
export function helmPath(): string {
  return required(join(binaries, 'helm'), 'helm');
}

/** The path of nats-server. @throws Error if there is none. */
export function natsServerPath(): string {
  return findNatsServer() ?? required(join(binaries, 'nats-server'), 'nats-server');
}

/** Node itself, which npm runs in. @throws Error if there is none. */
export function nodePath(): string {
  return Bun.which('node') ?? required('/usr/bin/node', 'Node');
}

/** Pods with volumes need bubblewrap. @throws Error if there is none. */
export function requireBubblewrap(): string {
  return Bun.which('bwrap') ?? required(join(binaries, 'bwrap'), 'bubblewrap (bwrap)');
}

/** The path of OpenSSH's server. @throws Error if there is none. */
export function sshdPath(): string {
  return findSshd() ?? required(join(binaries, 'sshd'), 'sshd');
}

/** The path of OpenSSH's client. @throws Error if there is none. */
export function sshPath(): string {
  return Bun.which('ssh') ?? required(join(binaries, 'ssh'), 'ssh');
}

/** Runs ssh-keygen, which comes with ssh, and returns what it prints. @throws Error with its complaint. */
export function sshKeygen(args: readonly string[], stdin = ''): string {
  const unpacked = join(import.meta.dir, '../../.tools/debian/openssh-client/usr/bin/ssh-keygen');
  const program = Bun.which('ssh-keygen') ?? required(unpacked, 'ssh-keygen');
  const { exitCode, stdout, stderr } = Bun.spawnSync([program, ...args], { stdin: Buffer.from(stdin) });
  if (exitCode !== 0) throw new Error(`ssh-keygen ${args.join(' ')}: ${stderr}`);
  return stdout.toString();
}

/** Nothing is skipped for want of a tool. */
function required(path: string, name: string): string {
  if (existsSync(path)) return path;
  throw new Error(`these tests need ${name}, which is not at ${path}: ${REMEDY}`);
}

/** Pods call the hub with the host's curl, as the documents do. @throws Error if there is none. */
export function requireCurl(): string {
  const curl = Bun.which('curl', { PATH: '/usr/local/bin:/usr/bin:/bin' });
  if (curl === null) throw new Error('curl is not here: install it, `apt-get install curl`');
  return curl;
}
