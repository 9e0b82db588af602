import { join } from 'node:path';
import { bubblewrapOptions, commandInside } from './bubblewrap.ts';
import type { ContainerRecord } from './container-directory.ts';
import { kubeletIsolation, resolvePrivileges } from './privileges.ts';
import type { ProcessIdentity } from './process-identity.ts';
import type { ShimSpecification } from './shim-specification.ts';

export interface LaunchOptions {
  readonly bubblewrapPath?: string;
  /** What no container may see of the node, wherever it lies. */
  readonly privateDirectories?: readonly string[];
  /** The process whose network namespace is the container's; absent where that is the node's. */
  readonly networkHolder?: ProcessIdentity;
}

/** What the shim is told to run for a container, with its root directory made where it gets one. */
export function launchSpecification(
  { config, logPath, execution }: ContainerRecord,
  directory: string,
  hostname: string,
  { bubblewrapPath, privateDirectories = [], networkHolder }: LaunchOptions,
): ShimSpecification {
  const { workingDir, securityContext, stdin, stdinOnce, tty } = config;
  const streams = { stdin, stdinOnce, tty };
  const hasTerm = config.envs.some(({ key }) => key === 'TERM');
  const envs = tty && !hasTerm ? [...config.envs, { key: 'TERM', value: 'xterm' }] : config.envs;
  const command = [...config.command, ...config.args];
  if (!execution.bubblewrap)
    return {
      logPath,
      cwd: workingDir || '/',
      envs,
      streams,
      argv: command,
      rights: execution,
      networkHolder,
    };
  const privileges = resolvePrivileges(securityContext, kubeletIsolation(true));
  return {
    logPath,
    cwd: '/',
    envs,
    streams,
    rights: execution,
    networkHolder,
    argv: [bubblewrapPath!, '--', ...commandInside(command, privileges, tty === true)],
    bubblewrapOptions: bubblewrapOptions(
      join(directory, 'rootfs'),
      hostname,
      config,
      privileges,
      privateDirectories,
    ),
  };
}
