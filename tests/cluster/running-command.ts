import { systemClock } from '@hawser/runtime';

export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** A command that does not end by itself is killed after this long, and the test sees exit code 137. */
const TIMEOUT_MS = 30_000;

/** A command while it runs: what it has said so far can be looked at. Disposing kills it. */
export class RunningCommand implements AsyncDisposable {
  readonly #child;
  readonly #drained: Promise<unknown>;
  stdout = '';
  stderr = '';

  /**
   * @param env all of its environment: nothing of the user's own gets in.
   * @param cwd the directory it runs in; default this process's own.
   */
  constructor(argv: readonly string[], env: Readonly<Record<string, string>>, stdin = '', cwd?: string) {
    this.#child = Bun.spawn([...argv], {
      env: { ...env },
      ...(cwd === undefined ? {} : { cwd }),
      stdin: Buffer.from(stdin),
      stdout: 'pipe',
      stderr: 'pipe',
    });
    this.#drained = Promise.all([
      eachChunk(this.#child.stdout, (text) => {
        this.stdout += text;
      }),
      eachChunk(this.#child.stderr, (text) => {
        this.stderr += text;
      }),
    ]);
  }

  /** The lines that are complete. */
  get lines(): string[] {
    return this.stdout.split('\n').slice(0, -1);
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  /** As systemd stops what it runs. */
  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  /** Waits for it to end by itself. */
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
}

async function eachChunk(stream: ReadableStream<Uint8Array>, take: (text: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of stream) take(decoder.decode(chunk, { stream: true }));
}
