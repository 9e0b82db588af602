import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@hawser/runtime';
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
  return new RunningCommand(argv, kubectlEnvironment(settings), stdin, settings.cwd).ended();
}

/** Starts a kubectl that goes on, such as `logs -f` or `get -w`. */
export function startKubectl(settings: KubectlSettings, args: readonly string[], stdin = ''): RunningCommand {
  const argv = [kubectlPath(settings.version), ...args];
  return new RunningCommand(argv, kubectlEnvironment(settings), stdin, settings.cwd);
}

/** How a kubectl ended that was run on a terminal: what it showed, and its exit code. */
export interface TerminalResult {
  readonly output: string;
  readonly exitCode: number;
}

/**
 * Runs kubectl to its end on a terminal of 101 columns and 33 rows.
 * @param typed what is typed once something has been shown.
 */
export async function runKubectlOnTerminal(
  settings: KubectlSettings,
  args: readonly string[],
  typed: string,
): Promise<TerminalResult> {
  let output = '';
  const decoder = new TextDecoder();
  const child = Bun.spawn([kubectlPath(settings.version), ...args], {
    env: { ...kubectlEnvironment(settings), TERM: 'xterm' },
    terminal: {
      cols: 101,
      rows: 33,
      data: (terminal, bytes) => {
        if (output === '') terminal.write(typed);
        output += decoder.decode(bytes, { stream: true });
      },
    },
  });
  using _timer = systemClock.after(30_000, () => child.kill('SIGKILL'));
  return { exitCode: await child.exited, output };
}

/** Nothing of the user's own: no kubeconfig, no proxy, no colours. */
export function kubectlEnvironment({ home, kubeconfig, env }: KubectlSettings): Record<string, string> {
  const directory = join(home, 'kubectl');
  mkdirSync(directory, { recursive: true });
  return { HOME: directory, KUBECONFIG: kubeconfig, PATH: '/usr/bin:/bin', TZ: 'UTC', ...env };
}
