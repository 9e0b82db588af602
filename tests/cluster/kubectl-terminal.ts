import { systemClock } from '@hawser/runtime';
import { eventuallyPasses } from './eventually.ts';
import { type KubectlSettings, kubectlEnvironment } from './kubectl.ts';
import { kubectlPath } from './required-tools.ts';

const TIMEOUT_MS = 30_000;

/** A kubectl on a terminal that somebody types on and changes the size of. Disposing kills it. */
export class KubectlTerminal implements AsyncDisposable {
  /** What has been shown so far. */
  output = '';
  readonly #child;

  constructor(settings: KubectlSettings, args: readonly string[], size = { cols: 101, rows: 33 }) {
    const decoder = new TextDecoder();
    this.#child = Bun.spawn([kubectlPath(settings.version), ...args], {
      env: { ...kubectlEnvironment(settings), TERM: 'xterm' },
      ...(settings.cwd === undefined ? {} : { cwd: settings.cwd }),
      terminal: {
        ...size,
        data: (_, bytes) => {
          this.output += decoder.decode(bytes, { stream: true });
        },
      },
    });
  }

  type(text: string): void {
    this.#child.terminal!.write(text);
  }

  resize(cols: number, rows: number): void {
    this.#child.terminal!.resize(cols, rows);
  }

  /** Resolves when this has been shown. */
  async shows(pattern: RegExp): Promise<void> {
    await eventuallyPasses(() => {
      if (!pattern.test(this.output))
        throw new Error(`not shown: ${pattern}, but ${JSON.stringify(this.output)}`);
    });
  }

  /** Its exit code, once it has ended by itself. */
  async ended(): Promise<number> {
    using _timer = systemClock.after(TIMEOUT_MS, () => this.#child.kill('SIGKILL'));
    return await this.#child.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#child.exited;
  }
}
