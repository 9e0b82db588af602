import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ContainerConfig, KeyValue } from '../container-runtime.ts';
import { InvalidContainerError } from '../errors.ts';
import { capabilityNumbers } from './capabilities.ts';
import type { ContainerRecord, SandboxRecord } from './container-directory.ts';
import { kubeletIsolation, resolvePrivileges } from './privileges.ts';
import { checkMounts } from './root-filesystem.ts';

export interface RecordFacts {
  id: string;
  bootId: string;
  /** What is the matter with bubblewrap, if anything is. */
  bubblewrapProblem: string | undefined;
  /** The filter of system calls. */
  seccompFile: string;
}

/**
 * Decides how a container is going to run.
 * @throws InvalidContainerError, UnsupportedSettingError for one that cannot.
 */
export function createContainerRecord(
  sandbox: SandboxRecord,
  config: ContainerConfig,
  facts: RecordFacts,
): ContainerRecord {
  const { id, bootId, bubblewrapProblem, seccompFile } = facts;
  const bubblewrap = bubblewrapProblem === undefined;
  checkConfig(config);
  if (config.mounts.length > 0 && !bubblewrap)
    throw new InvalidContainerError(`volumes cannot be mounted: ${bubblewrapProblem}`);
  checkMounts(config.mounts);
  const { user, capabilities, noNewPrivs, seccomp } = resolvePrivileges(
    config.securityContext,
    kubeletIsolation(bubblewrap),
  );
  const envs = completeEnvironment(config, sandbox.config.hostname, homeOf(user?.uid, bubblewrap));
  return {
    id,
    podSandboxId: sandbox.id,
    config: { ...config, envs },
    createdAt: new Date().toISOString(),
    bootId,
    logPath: join(sandbox.config.logDirectory, config.logPath),
    execution: {
      bubblewrap,
      user,
      capabilities: capabilityNumbers(capabilities),
      noNewPrivs,
      seccompFile: seccomp ? seccompFile : undefined,
    },
  };
}

function checkConfig({ command, args, envs, workingDir }: ContainerConfig): void {
  if (command.length + args.length === 0)
    throw new InvalidContainerError(
      'no command specified: the process runtime does not pull images, so that the container must name its command',
    );
  const texts = [...command, ...args, workingDir, ...envs.flatMap(({ key, value }) => [key, value])];
  if (texts.some((text) => text.includes('\0')))
    throw new InvalidContainerError('NUL in a command or an environment');
}

/** The path of images. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Adds what an image's configuration would have brought. */
function completeEnvironment({ envs }: ContainerConfig, hostname: string, home: string): KeyValue[] {
  const given = new Set(envs.map(({ key }) => key));
  const defaults = { PATH: DEFAULT_PATH, HOSTNAME: hostname, HOME: home };
  const missing = Object.entries(defaults).filter(([key]) => !given.has(key));
  return [...missing.map(([key, value]) => ({ key, value })), ...envs];
}

function homeOf(uid: number | undefined, bubblewrap: boolean): string {
  if (!bubblewrap) return homedir();
  return (uid ?? process.getuid!()) === 0 ? '/root' : '/';
}
