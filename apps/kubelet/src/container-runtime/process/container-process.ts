import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { readEnvironment } from '@hawser/config';
import { sleep } from '@hawser/runtime';
import type { Container, ContainerState, ContainerStatus } from '../container-runtime.ts';
import type { ContainerRecord, ExitRecord, StartedRecord, StateDirectory } from './container-directory.ts';
import { isAlive, type ProcessIdentity, signalGroup } from './process-identity.ts';

/** How long a killed container may take to be gone before something is wrong with the machine. */
const KILL_TIMEOUT_MS = 30_000;
const STOP_POLL_MS = 50;

/**
 * One container: its record, and what its shim has written down so far. Holds nothing that cannot be read again
 * from the directory, so that one made anew after a restart is as good as the one before.
 */
export class ContainerProcess {
  readonly #state: StateDirectory;
  readonly #bootId: string;
  readonly #onExit: () => void;
  #started: StartedRecord | undefined;
  #exit: ExitRecord | undefined;
  #launching = false;
  #reported = false;

  constructor(
    readonly record: ContainerRecord,
    state: StateDirectory,
    bootId: string,
    onExit: () => void,
  ) {
    this.#state = state;
    this.#bootId = bootId;
    this.#onExit = onExit;
    this.#reported = this.exit() !== undefined;
  }

  get id(): string {
    return this.record.id;
  }

  /** Spawns the shim, in a session of its own. Resolves when the container runs, or has failed to. */
  start(scripts: string): Promise<void> {
    const directory = this.#state.container(this.id);
    const errors = openSync(join(directory, 'shim.log'), 'a', 0o600);
    this.#launching = true;
    const shim = spawn('perl', ['shim.pl', directory], {
      cwd: scripts,
      detached: true,
      stdio: ['ignore', 'pipe', errors],
      env: { PATH: readEnvironment().path },
    });
    closeSync(errors);
    shim.unref();
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#launching = false;
        // Nothing more comes this way, and an open pipe would keep a kubelet alive that is to end.
        shim.stdout!.destroy();
        resolve();
      };
      shim.once('error', (error) => {
        this.#launching = false;
        reject(error);
      });
      shim.stdout!.once('data', settle);
      shim.once('exit', () => {
        settle();
        this.poll();
      });
    });
  }

  /** Looks whether it has ended, and says so once. */
  poll(): void {
    if (this.#reported || this.exit() === undefined) return;
    this.#reported = true;
    this.#onExit();
  }

  started(): StartedRecord | undefined {
    this.#started ??= this.#state.readStarted(this.id);
    return this.#started;
  }

  /** How it ended; undefined while it has not. An end that nobody saw, a reboot or a killed shim, is recorded here. */
  exit(): ExitRecord | undefined {
    this.#exit ??= this.#state.readExit(this.id);
    if (this.#exit === undefined && this.#isLost()) {
      // The shim writes its record before it ends: look once more now that it is gone.
      this.#exit = this.#state.readExit(this.id) ?? this.#recordLoss();
    }
    return this.#exit;
  }

  isRunning(): boolean {
    return this.exit() === undefined && this.started() !== undefined;
  }

  /** Asks the container's processes to end, all of them at once as a service manager does, then kills. */
  async stop(timeoutSeconds: number): Promise<void> {
    if (this.exit() !== undefined) return;
    const started = this.started();
    if (started === undefined) return this.#killShim();
    if (
      timeoutSeconds > 0 &&
      signalGroup(started, this.#stopSignal()) &&
      (await this.#ended(timeoutSeconds * 1000))
    )
      return;
    signalGroup(started, 'SIGKILL');
    if (await this.#ended(KILL_TIMEOUT_MS)) return;
    throw new Error(`container ${this.id} is still running after SIGKILL`);
  }

  /** For the shim itself, not for the container. */
  signalShim(signal: NodeJS.Signals): void {
    const shim = this.#shim();
    if (isAlive(shim)) process.kill(shim!.pid, signal);
  }

  describe(): Container {
    const { id, podSandboxId, config, createdAt } = this.record;
    const { metadata, image, labels, annotations } = config;
    const state = this.#currentState();
    return { id, podSandboxId, metadata, image, labels, annotations, state, createdAt: new Date(createdAt) };
  }

  status(): ContainerStatus {
    const description = this.describe();
    // One moment: it may end between two looks, and would then have exited without an exit code.
    const exit = description.state === 'exited' ? this.exit() : undefined;
    const started = this.started();
    return {
      ...description,
      logPath: this.record.logPath,
      startedAt: started && new Date(started.startedAt),
      finishedAt: exit && new Date(exit.finishedAt),
      exitCode: exit?.exitCode,
      signal: exit?.signal,
      reason: exit === undefined ? '' : reasonOf(exit),
      message: exit?.startError ?? '',
    };
  }

  /** `SIGRTMIN+n`, which Kubernetes also knows, has no name in JavaScript. */
  #stopSignal(): NodeJS.Signals {
    const { stopSignal } = this.record.config;
    return stopSignal !== undefined && stopSignal in constants.signals
      ? (stopSignal as NodeJS.Signals)
      : 'SIGTERM';
  }

  #currentState(): ContainerState {
    if (this.exit() !== undefined) return 'exited';
    return this.started() === undefined ? 'created' : 'running';
  }

  #shim(): ProcessIdentity | undefined {
    return this.#state.readShim(this.id);
  }

  #isLost(): boolean {
    if (this.#launching) return false;
    const shim = this.#shim();
    return shim !== undefined && (this.record.bootId !== this.#bootId || !isAlive(shim));
  }

  #recordLoss(): ExitRecord {
    const record = { exitCode: 255, finishedAt: new Date().toISOString(), lost: true };
    this.#state.writeExit(this.id, record);
    return record;
  }

  async #killShim(): Promise<void> {
    this.signalShim('SIGKILL');
    await this.#ended(1000);
  }

  async #ended(withinMs: number): Promise<boolean> {
    for (const deadline = Date.now() + withinMs; ; ) {
      if (this.exit() !== undefined) return true;
      if (Date.now() >= deadline) return false;
      await sleep(STOP_POLL_MS);
    }
  }
}

function reasonOf({ exitCode, startError, lost }: ExitRecord): string {
  if (startError !== undefined) return 'StartError';
  if (lost) return 'Unknown';
  return exitCode === 0 ? 'Completed' : 'Error';
}
