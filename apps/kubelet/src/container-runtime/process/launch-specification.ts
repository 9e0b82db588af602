import { join } from 'node:path';
import { bubblewrapOptions, commandInside } from './bubblewrap.ts';
import type { ContainerRecord } from './container-directory.ts';
import { kubeletIsolation, resolvePrivileges } from './privileges.ts';
import type { ShimSpecification } from './shim-specification.ts';

export interface LaunchOptions {
  readonly bubblewrapPath?: string;
  /** What no container may see of the node, wherever it lies. */
  readonly privateDirectories?: readonly string[];
}

/** What the shim is told to run for a container, with its root directory made where it gets one. */
export function launchSpecification(
  { config, logPath, execution }: ContainerRecord,
  directory: string,
  hostname: string,
  { bubblewrapPath, privateDirectories = [] }: LaunchOptions,
): ShimSpecification {
  const { envs, workingDir, securityContext } = config;
  const command = [...config.command, ...config.args];
  if (!execution.bubblewrap)
    return { logPath, cwd: workingDir || '/', envs, argv: command, rights: execution };
  const privileges = resolvePrivileges(securityContext, kubeletIsolation(true));
  return {
    logPath,
    cwd: '/',
    envs,
    rights: execution,
    argv: [bubblewrapPath!, '--', ...commandInside(command, privileges)],
    bubblewrapOptions: bubblewrapOptions(
      join(directory, 'rootfs'),
      hostname,
      config,
      privileges,
      privateDirectories,
    ),
  };
}
