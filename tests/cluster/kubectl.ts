import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '@hawser/runtime';
import { type KubectlVersion, kubectlPath } from './required-tools.ts';

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface KubectlSettings {
  readonly version: KubectlVersion;
  readonly kubeconfig: string;
  /** kubectl caches discovery under its home directory. */
  readonly home: string;
}

/** A command that does not end by itself is killed after this long, and the test sees exit code 137. */
const TIMEOUT_MS = 30_000;

/** Runs kubectl to its end. `stdin` is what `-f -` reads. */
export async function runKubectl(
  settings: KubectlSettings,
  args: readonly string[],
  stdin = '',
): Promise<CommandResult> {
  const child = Bun.spawn([kubectlPath(settings.version), ...args], {
    env: environmentOf(settings),
    stdin: Buffer.from(stdin),
    stdout: 'pipe',
    stderr: 'pipe',
  });
  using _timer = systemClock.after(TIMEOUT_MS, () => child.kill('SIGKILL'));
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { stdout, stderr, exitCode: await child.exited };
}

/** A kubectl that goes on (`logs -f`, `get -w`): what it has said so far can be looked at. */
export class RunningKubectl implements AsyncDisposable {
  readonly #child;
  readonly #drained: Promise<unknown>;
  stdout = '';
  stderr = '';

  constructor(settings: KubectlSettings, args: readonly string[]) {
    this.#child = Bun.spawn([kubectlPath(settings.version), ...args], {
      env: environmentOf(settings),
      stdin: 'ignore',
      stdout: 'pipe',
      stderr: 'pipe',
    });
    this.#drained = Promise.all([
      this.#read(this.#child.stdout, (text) => {
        this.stdout += text;
      }),
      this.#read(this.#child.stderr, (text) => {
        this.stderr += text;
      }),
    ]);
  }

  get lines(): string[] {
    return this.stdout.split('\n').filter((line) => line !== '');
  }

  /** Waits for kubectl to end by itself. */
  async ended(timeoutMs = TIMEOUT_MS): Promise<CommandResult> {
    using _timer = systemClock.after(timeoutMs, () => this.#child.kill('SIGKILL'));
    const exitCode = await this.#child.exited;
    await this.#drained;
    return { stdout: this.stdout, stderr: this.stderr, exitCode };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#child.exited;
    await this.#drained;
  }

  async #read(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
  }
}

/** Nothing of the user's own: no kubeconfig, no proxy, no colours. */
function environmentOf({ home, kubeconfig }: KubectlSettings): Record<string, string> {
  const directory = join(home, 'kubectl');
  mkdirSync(directory, { recursive: true });
  return { HOME: directory, KUBECONFIG: kubeconfig, PATH: '/usr/bin:/bin', TZ: 'UTC' };
}
