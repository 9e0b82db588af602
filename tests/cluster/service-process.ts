import { closeSync, openSync, readFileSync } from 'node:fs';
import { delimiter, dirname } from 'node:path';
import { systemClock } from '@hawser/runtime';
import type { Subprocess } from 'bun';
import type { Argv } from '../../scripts/services.ts';
import { binaries } from './required-tools.ts';

/** How long a service may take to stop when asked before that is a failure. */
const STOP_MS = 15_000;

/** One service as a real process, which can be killed and started again; all its runs share a log file. */
export class ServiceProcess implements AsyncDisposable {
  #child: Subprocess | undefined;

  constructor(
    readonly name: string,
    readonly argv: Argv,
    readonly logFile: string,
  ) {}

  get pid(): number {
    if (this.#child === undefined) throw new Error(`${this.name} does not run`);
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Of the run that has ended; null while it runs, and after a signal. */
  get exitCode(): number | null {
    return this.#child?.exitCode ?? null;
  }

  /** What the process has said, in all its runs. */
  log(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** @param moreFlags for this run alone; the last of a name counts. */
  start(moreFlags: Argv = []): void {
    if (this.running) throw new Error(`${this.name} runs already`);
    const log = openSync(this.logFile, 'a');
    try {
      this.#child = Bun.spawn(dyingWithUs([...this.argv, ...moreFlags]), {
        // Nowhere near the sources, and with the tools on PATH as a node has them.
        cwd: dirname(this.logFile),
        env: { ...process.env, PATH: `${process.env['PATH']}${delimiter}${binaries}` },
        stdin: 'ignore',
        stdout: log,
        stderr: log,
      });
    } finally {
      closeSync(log);
    }
  }

  /** Ends the process as power loss would: nothing is flushed or said good-bye to. */
  async kill9(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#child?.exited;
  }

  /** Asks the process to stop; one that does not is killed, and that is an error. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    child.kill('SIGTERM');
    let late = false;
    using _timer = systemClock.after(STOP_MS, () => {
      late = true;
      child.kill('SIGKILL');
    });
    await child.exited;
    if (late) throw new Error(`${this.name} did not stop within ${STOP_MS / 1000} s of SIGTERM`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** setpriv (util-linux) becomes the service itself, so that the process's number is the service's. */
export function dyingWithUs(argv: Argv): string[] {
  return Bun.which('setpriv') ? ['setpriv', '--pdeathsig', 'KILL', ...argv] : [...argv];
}
