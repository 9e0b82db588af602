import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type KubectlVersion, kubectlPath } from './required-tools.ts';
import { type CommandResult, RunningCommand } from './running-command.ts';

export interface KubectlSettings {
  readonly version: KubectlVersion;
  readonly kubeconfig: string;
  /** kubectl caches discovery under its home directory. */
  readonly home: string;
  /** Where relative paths of its arguments begin. */
  readonly cwd?: string;
  /** More of its environment, such as `KUBE_EDITOR`. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs kubectl to its end. `stdin` is what `-f -` reads. */
export function runKubectl(
  settings: KubectlSettings,
  args: readonly string[],
  stdin = '',
): Promise<CommandResult> {
  const argv = [kubectlPath(settings.version), ...args];
  return new RunningCommand(argv, environmentOf(settings), stdin, settings.cwd).ended();
}

/** Starts a kubectl that goes on, such as `logs -f` or `get -w`. */
export function startKubectl(settings: KubectlSettings, args: readonly string[]): RunningCommand {
  const argv = [kubectlPath(settings.version), ...args];
  return new RunningCommand(argv, environmentOf(settings), '', settings.cwd);
}

/** Nothing of the user's own: no kubeconfig, no proxy, no colours. */
function environmentOf({ home, kubeconfig, env }: KubectlSettings): Record<string, string> {
  const directory = join(home, 'kubectl');
  mkdirSync(directory, { recursive: true });
  return { HOME: directory, KUBECONFIG: kubeconfig, PATH: '/usr/bin:/bin', TZ: 'UTC', ...env };
}
