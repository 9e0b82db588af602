import { chmodSync, existsSync, lstatSync, mkdirSync, readlinkSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import type { Mount } from '../container-runtime.ts';
import { UnsupportedSettingError } from '../errors.ts';
import { checkNestedMounts } from './nested-mounts.ts';
import { coverOptions } from './private-directories.ts';
import { makeDirectory, makeFile } from './root-directory.ts';

/**
 * What a container sees under bubblewrap: a directory of its own as `/`, in which the node's programs and the
 * few files of /etc that programs need are bound read-only: all of /usr, and /nix where there is one, so that
 * nothing secret belongs there. The state of the kubelet and the hub is covered where it lies below; nothing else
 * of the node is there, in particular no home directory; hostPath volumes bring in what a pod may see.
 * The directory is writable, private and gone with the container, like the upper layer of an image.
 */

/** Where programs live, on merged-usr systems mostly symlinks into /usr. */
const PROGRAM_PATHS = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix', '/sys'];

/** Names in /etc that programs look up; none is secret. */
const ETC_NAMES = (
  'alternatives ca-certificates ca-certificates.conf crypto-policies debian_version fonts gai.conf group host.conf ' +
  'hosts java-11-openjdk java-17-openjdk java-21-openjdk ld.so.cache ld.so.conf ld.so.conf.d locale.alias localtime ' +
  'magic mime.types networks nsswitch.conf os-release passwd perl pki/ca-trust pki/tls/certs protocols python3 ' +
  'python3.11 resolv.conf rpc services shells ssl/cert.pem ssl/certs ssl/openssl.cnf terminfo timezone'
).split(' ');

const WRITABLE = {
  '/tmp': 0o1777,
  '/var/tmp': 0o1777,
  '/run': 0o755,
  '/root': 0o700,
  '/home': 0o755,
  '/etc': 0o755,
};

/** Paths at or below which a pod may mount nothing: what lies there runs, or tells programs the truth. */
const RESERVED = [...PROGRAM_PATHS, '/proc', '/dev'];
const MOUNTABLE_DEVICES = ['/dev/termination-log', '/dev/shm'];

/** @throws UnsupportedSettingError when a mount would cover what the container stands on. */
export function checkMounts(mounts: readonly Mount[]): void {
  for (const mount of mounts) {
    const containerPath = posix.resolve('/', mount.containerPath);
    const reserved = RESERVED.find((path) => containerPath === path || containerPath.startsWith(`${path}/`));
    if (containerPath === '/' || (reserved !== undefined && !MOUNTABLE_DEVICES.includes(containerPath)))
      throw new UnsupportedSettingError(
        `cannot mount at ${containerPath}: ${reserved ?? '/'} is the node's own, read-only, in every container`,
      );
  }
}

/**
 * Makes the root directory of a container with its mount points.
 * @param hidden directories of the node that no container may see, wherever they lie.
 * @returns bubblewrap's options for all that is to be seen in it.
 */
export function prepareRootFilesystem(
  root: string,
  mounts: readonly Mount[],
  workingDir: string,
  hidden: readonly string[] = [],
): string[] {
  mkdirSync(root, { recursive: true });
  chmodSync(root, 0o755);
  for (const [path, mode] of Object.entries(WRITABLE)) makeDirectory(root, path, mode);
  symlinkSync('../run', join(root, 'var/run'));
  const sorted = [...mounts].sort((a, b) => a.containerPath.length - b.containerPath.length);
  checkNestedMounts(sorted);
  for (const mount of sorted) makeMountPoint(root, mount);
  makeWorkingDirectory(root, workingDir, sorted);
  return [
    ...['--bind', root, '/'],
    ...PROGRAM_PATHS.filter((path) => existsSync(path)).flatMap((path) => programOptions(root, path)),
    ...coverOptions(PROGRAM_PATHS, hidden),
    ...ETC_NAMES.map((name) => `/etc/${name}`)
      .filter((path) => existsSync(path))
      .flatMap((path) => etcOptions(root, path)),
    ...['--proc', '/proc', '--dev', '/dev'],
    ...kernelOptions(),
    ...sorted.flatMap(({ hostPath, containerPath, readonly }) => [
      readonly ? '--ro-bind' : '--bind',
      hostPath,
      containerPath,
    ]),
  ];
}

/**
 * What root must not touch in /proc and /sys though it has no capabilities: much there only asks for user 0.
 * Bubblewrap covers some of it when it looks writable to it; /proc/sys never does, and yet its files are.
 */
function kernelOptions(): string[] {
  const readOnly = ['/proc/sys', '/proc/fs', '/proc/irq', '/proc/bus', '/proc/sysrq-trigger'];
  const hiddenFiles = [
    '/proc/kcore',
    '/proc/keys',
    '/proc/latency_stats',
    '/proc/timer_list',
    '/proc/sched_debug',
  ];
  const hiddenDirectories = ['/proc/acpi', '/proc/scsi', '/proc/asound', '/sys/firmware'];
  return [
    ...readOnly.filter((path) => existsSync(path)).flatMap((path) => ['--ro-bind', path, path]),
    ...hiddenFiles.filter((path) => existsSync(path)).flatMap((path) => ['--ro-bind', '/dev/null', path]),
    ...hiddenDirectories
      .filter((path) => existsSync(path))
      .flatMap((path) => ['--tmpfs', path, '--remount-ro', path]),
  ];
}

function etcOptions(root: string, path: string): string[] {
  makeDirectory(root, dirname(path), 0o755);
  return ['--ro-bind', path, path];
}

function programOptions(root: string, path: string): string[] {
  if (!lstatSync(path).isSymbolicLink()) return ['--ro-bind', path, path];
  symlinkSync(readlinkSync(path), join(root, path));
  return [];
}

/** Made beforehand, since bubblewrap makes missing parents for root's eyes only. */
function makeMountPoint(root: string, { hostPath, containerPath }: Mount): void {
  if (containerPath.startsWith('/dev/')) return;
  if (statSync(hostPath).isDirectory()) makeDirectory(root, containerPath, 0o755);
  else makeFile(root, containerPath);
}

function makeWorkingDirectory(root: string, path: string, mounts: readonly Mount[]): void {
  const covered = [...PROGRAM_PATHS, '/proc', '/dev', ...mounts.map((mount) => mount.containerPath)];
  const inside = covered.some((mount) => relative(mount, path).split('/')[0] !== '..');
  if (!inside) makeDirectory(root, path, 0o755);
}
