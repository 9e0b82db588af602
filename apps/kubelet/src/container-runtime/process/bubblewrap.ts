import { execFile } from 'node:child_process';
import type { ContainerConfig } from '../container-runtime.ts';
import type { Privileges } from './privileges.ts';
import { prepareRootFilesystem } from './root-filesystem.ts';

const NAMESPACES = ['--unshare-pid', '--unshare-ipc', '--unshare-uts'];
/** `--new-session`: a process group of the container's own, so that bwrap is not signalled with it. */
const SUPERVISION = ['--new-session', '--die-with-parent'];

/** What is the matter with bubblewrap on this node, or undefined when it works. */
export function probeBubblewrap(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return Promise.resolve('bubblewrap (bwrap) was not found on the node');
  const options = ['--ro-bind', '/', '/', '--proc', '/proc', '--dev', '/dev', ...NAMESPACES, ...SUPERVISION];
  return new Promise((resolve) => {
    execFile(path, [...options, '--', '/bin/true'], { timeout: 10_000 }, (error, _stdout, stderr) => {
      resolve(
        error === null ? undefined : `bubblewrap (${path}) does not work: ${stderr.trim() || error.message}`,
      );
    });
  });
}

/** Prepares a container's root directory and gives the options with which bwrap makes it a container. */
export function bubblewrapOptions(
  root: string,
  hostname: string,
  config: ContainerConfig,
  privileges: Privileges,
  hidden: readonly string[],
): string[] {
  const { securityContext, mounts } = config;
  const workingDir = config.workingDir || '/';
  return [
    ...prepareRootFilesystem(root, mounts, workingDir, hidden),
    ...(securityContext.readonlyRootfs ? ['--remount-ro', '/'] : []),
    ...(securityContext.hostPid ? [] : ['--unshare-pid']),
    ...(securityContext.hostIpc ? [] : ['--unshare-ipc']),
    ...['--unshare-uts', '--unshare-cgroup-try', '--hostname', hostname],
    ...SUPERVISION,
    ...capabilityOptions(privileges),
    ...['--chdir', workingDir],
  ];
}

/** Only root has capabilities to keep; for others bwrap drops all by itself and refuses the options. */
function capabilityOptions({ user, capabilities }: Privileges): string[] {
  if (process.getuid?.() !== 0) return [];
  const needed = user === undefined ? [] : ['SETGID', 'SETPCAP', 'SETUID'];
  const kept = new Set([...capabilities, ...needed]);
  return ['--cap-drop', 'ALL', ...[...kept].flatMap((name) => ['--cap-add', `CAP_${name}`])];
}

/**
 * The command as executed inside. Bubblewrap itself stays root to make the mounts, so that a change of user is
 * left to setpriv (util-linux), which then takes away the rights that the change needed.
 */
export function commandInside(command: string[], { user, capabilities }: Privileges, tty: boolean): string[] {
  // Bubblewrap makes a session (--new-session) that has no terminal yet; setsid (util-linux) gives it to another.
  const terminal = tty ? ['/usr/bin/setsid', '--ctty'] : [];
  if (user === undefined) return [...terminal, ...command];
  const groups = user.groups.length === 0 ? '--clear-groups' : `--groups=${user.groups.join(',')}`;
  const bounding = ['-all', ...capabilities.map((name) => `+${name.toLowerCase()}`)].join(',');
  const identity = [`--reuid=${user.uid}`, `--regid=${user.gid}`, groups];
  return [
    ...terminal,
    '/usr/bin/setpriv',
    ...identity,
    '--inh-caps=-all',
    `--bounding-set=${bounding}`,
    '--',
    ...command,
  ];
}
