import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { homeLayout, nodeLayout, portsFor } from '@hawser/config';
import { writeFileAtomic } from '@hawser/runtime';
import { generateSshKeyPair } from '@hawser/tunnel-ssh';
import type { Argv, ClusterPlace, DevNode } from './services.ts';

const tools = join(import.meta.dir, '../.tools');

/** The account that the hub logs in to: it may forward connections, and run nothing. */
const TUNNEL_ACCOUNT = 'hawser-tunnel';
/** Where an sshd that runs as root finds what it needs; only it sees this. */
const RUN = '/run/sshd';

/** The OpenSSH server on PATH, where Debian puts it, or in `.tools/`; undefined when there is none. */
export function findSshd(): string | undefined {
  return Bun.which('sshd') ?? ['/usr/sbin/sshd', join(tools, 'bin/sshd')].find((path) => existsSync(path));
}

/** The bwrap on PATH or in `.tools/`; undefined when there is none. */
export function findBubblewrap(): string | undefined {
  return Bun.which('bwrap') ?? [join(tools, 'bin/bwrap')].find((path) => existsSync(path));
}

/** Whom the hub logs in as (`--ssh-user`). An sshd that is not root's lets nobody in but its own user. */
export function sshUser(): string {
  if (isRoot()) return TUNNEL_ACCOUNT;
  // Bun's `userInfo()` says what $USER says, if anything.
  return Bun.spawnSync(['id', '-un']).stdout.toString().trim();
}

/** The hub's flags for tunnels to development nodes. */
export function sshFlags({ home, port }: ClusterPlace): Argv {
  const { hub } = homeLayout(home);
  return ['--ssh-user', sshUser(), '--ssh-keyfile', hub.sshKey, '--ssh-port', `${portsFor(port).ssh}`];
}

/** The kubelet's flags by which the hub learns a development node's host key. */
export function sshHostKeyFlags({ home }: ClusterPlace, node: string): Argv {
  return ['--ssh-host-key-file', nodeLayout(home, node).ssh.hostPublicKey];
}

/** Makes the hub's key, unless it is there. */
export function ensureHubSshKey({ home }: ClusterPlace): void {
  ensureKeyPair(homeLayout(home).hub.sshKey, 'hawser-apiserver');
}

/**
 * Writes what a node's sshd needs: a host key of its own unless there is one, its configuration, and the one key
 * that may log in, the hub's.
 */
export function prepareSshd(place: ClusterPlace, { name, address }: DevNode): void {
  ensureHubSshKey(place);
  const { ssh } = nodeLayout(place.home, name);
  mkdirSync(ssh.directory, { recursive: true, mode: 0o700 });
  ensureKeyPair(ssh.hostKey, name);
  const key = readFileSync(`${homeLayout(place.home).hub.sshKey}.pub`, 'utf8').trim();
  writeFileAtomic(ssh.authorizedKeys, `restrict,port-forwarding ${key}\n`);
  const keys = isRoot() ? `${RUN}/authorized_keys` : ssh.authorizedKeys;
  const listen = { address, port: portsFor(place.port).ssh };
  writeFileAtomic(ssh.config, sshdConfig({ ...listen, hostKey: ssh.hostKey, authorizedKeys: keys }));
  if (isRoot()) writeFileAtomic(ssh.passwd, passwd());
}

/**
 * The sshd of one node, in the foreground. It runs as whoever starts it, in a process namespace of its own, so that
 * its end is the end of every connection; as root it also sees accounts and a `/run` that the machine has not.
 */
export function sshdCommand({ home }: ClusterPlace, { name }: DevNode, sshd: string, bwrap: string): Argv {
  const { ssh } = nodeLayout(home, name);
  const accounts = [
    ...['--ro-bind', ssh.passwd, '/etc/passwd', '--tmpfs', '/run', '--dir', RUN],
    ...['--ro-bind', ssh.authorizedKeys, `${RUN}/authorized_keys`, '--cap-add', 'ALL'],
  ];
  return [
    ...[bwrap, '--dev-bind', '/', '/', '--unshare-pid', '--proc', '/proc', '--die-with-parent'],
    ...(isRoot() ? accounts : []),
    ...[sshd, '-D', '-e', '-f', ssh.config],
  ];
}

interface SshdSettings {
  readonly address: string;
  readonly port: number;
  readonly hostKey: string;
  readonly authorizedKeys: string;
}

/** As a node is best set up: keys only, connections towards it and beyond, and nothing else. */
function sshdConfig({ address, port, hostKey, authorizedKeys }: SshdSettings): string {
  const settings = {
    Port: port,
    ListenAddress: address,
    HostKey: hostKey,
    AuthorizedKeysFile: authorizedKeys,
    AuthenticationMethods: 'publickey',
    AllowUsers: sshUser(),
    AllowTcpForwarding: 'local',
    AllowStreamLocalForwarding: 'no',
    AllowAgentForwarding: 'no',
    PermitTTY: 'no',
    PermitTunnel: 'no',
    X11Forwarding: 'no',
    // Not asked of PAM, which would want the machine's own accounts.
    UsePAM: 'no',
    // The state directory may be under a directory that all may write to, such as /tmp.
    StrictModes: isRoot() ? 'yes' : 'no',
    PidFile: 'none',
    LogLevel: 'VERBOSE',
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
}

/** The machine's accounts, with sshd's own and the hub's where they are missing. */
function passwd(): string {
  const current = readFileSync('/etc/passwd', 'utf8').trimEnd().split('\n');
  const accounts = [
    'sshd:x:65533:65534::/run/sshd:/usr/sbin/nologin',
    `${TUNNEL_ACCOUNT}:x:65532:65534::/nonexistent:/usr/sbin/nologin`,
  ];
  const isThere = (account: string) =>
    current.some((line) => line.startsWith(account.split(':', 1)[0]!.concat(':')));
  return `${[...current, ...accounts.filter((account) => !isThere(account))].join('\n')}\n`;
}

function ensureKeyPair(path: string, comment: string): void {
  if (existsSync(path)) return;
  const keys = generateSshKeyPair(comment);
  writeFileAtomic(`${path}.pub`, `${keys.public}\n`);
  writeFileAtomic(path, keys.private, 0o600);
}

const isRoot = () => process.getuid?.() === 0;
