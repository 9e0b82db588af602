import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Logger } from '@hawser/observability';
import { sleep, writeFileAtomic } from '@hawser/runtime';
import type { SandboxNetwork } from '../../network/sandbox-network.ts';
import type {
  Container,
  ContainerConfig,
  ContainerEvent,
  ContainerFilter,
  ContainerRuntime,
  ContainerStatus,
  ContainerStreams,
  ExecResult,
  PodSandbox,
  PodSandboxConfig,
  RuntimeStatus,
} from '../container-runtime.ts';
import { ContainerNotFoundError, ContainerStartError } from '../errors.ts';
import { attachToContainer } from './attach.ts';
import { probeBubblewrap } from './bubblewrap.ts';
import { ChannelListener } from './channel-listener.ts';
import { connectInside } from './connect-inside.ts';
import { connectPort } from './connect-port.ts';
import { type ContainerRecord, type SandboxRecord, StateDirectory } from './container-directory.ts';
import { ContainerProcess } from './container-process.ts';
import { containerProcesses } from './container-processes.ts';
import { createContainerRecord } from './container-record.ts';
import { type ExecTarget, executeInContainer } from './execute.ts';
import { executeSync } from './execute-sync.ts';
import { type LaunchOptions, launchSpecification } from './launch-specification.ts';
import { isAlive, readBootId } from './process-identity.ts';
import { Sandboxes } from './sandboxes.ts';
import { installScripts, perlProblem } from './scripts.ts';
import { type FilteredMachine, runtimeDefaultFilter } from './seccomp-filter.ts';
import { writeShimSpecification } from './shim-specification.ts';

export interface ProcessRuntimeOptions extends LaunchOptions {
  /** Where state is kept; private to the kubelet. */
  rootDirectory: string;
  /** Absent: containers run beside the node's own processes, without mounts. */
  readonly bubblewrapPath?: string;
  /** Absent: all sandboxes have the node's network. */
  readonly network?: SandboxNetwork;
  logger: Logger;
}

const ADOPTED_POLL_MS = 1000;

/**
 * Runs containers as processes of the node, on its own programs; images are recorded and not pulled. Every
 * container has a supervisor (shim.pl) and a directory of state, so that this object can go and come back
 * without any container noticing. A sandbox is a network namespace with an address, or, where all pods share the
 * node's network, bookkeeping.
 */
export class ProcessRuntime implements ContainerRuntime {
  readonly name = 'process';
  readonly version = '0.1.0';
  readonly #state: StateDirectory;
  readonly #options: ProcessRuntimeOptions;
  readonly #scripts: string;
  readonly #seccompFile: string;
  readonly #bootId = readBootId();
  readonly #sandboxes: Sandboxes;
  readonly #containers = new Map<string, ContainerProcess>();
  readonly #listeners = new Set<(event: ContainerEvent) => void>();
  readonly #stop = new AbortController();
  #listener: ChannelListener | undefined;
  #bubblewrapProblem: string | undefined;
  #perlProblem: string | undefined;

  private constructor(options: ProcessRuntimeOptions) {
    this.#options = options;
    this.#state = new StateDirectory(options.rootDirectory);
    this.#scripts = installScripts(join(options.rootDirectory, 'bin'));
    this.#seccompFile = join(this.#scripts, 'seccomp.bpf');
    writeFileAtomic(this.#seccompFile, runtimeDefaultFilter(process.arch as FilteredMachine), 0o644);
    const { network } = options;
    this.#sandboxes = new Sandboxes({ state: this.#state, bootId: this.#bootId, network });
    for (const record of this.#state.readContainers()) this.#adopt(record);
  }

  /** Opens the runtime on its directory, taking over the containers that run. */
  static async open(options: ProcessRuntimeOptions): Promise<ProcessRuntime> {
    const runtime = new ProcessRuntime(options);
    runtime.#bubblewrapProblem = await probeBubblewrap(options.bubblewrapPath);
    runtime.#perlProblem = await perlProblem();
    runtime.#listener = await ChannelListener.open(join(runtime.#scripts, 'channel.sock'));
    void runtime.#watchAdopted();
    return runtime;
  }

  async status(): Promise<RuntimeStatus> {
    const problem = this.#perlProblem;
    const networkProblem = this.#options.network?.problem();
    const ready = {
      status: problem === undefined,
      reason: problem ? 'SupervisorMissing' : '',
      message: problem ?? '',
    };
    return {
      conditions: [
        { type: 'RuntimeReady', ...ready },
        {
          type: 'NetworkReady',
          status: networkProblem === undefined,
          reason: networkProblem === undefined ? '' : 'NetworkPluginNotReady',
          message: networkProblem ?? '',
        },
      ],
      mounts: { supported: this.#bubblewrapProblem === undefined, reason: this.#bubblewrapProblem ?? '' },
    };
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    const id = newId();
    await this.#sandboxes.run(id, config);
    return id;
  }

  async stopPodSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    if (sandbox === undefined || sandbox.stopped) return;
    await Promise.all(this.#containersOf(id).map((container) => container.stop(0)));
    await this.#sandboxes.stop(sandbox);
  }

  async removePodSandbox(id: string): Promise<void> {
    await this.stopPodSandbox(id);
    for (const container of this.#containersOf(id)) await this.removeContainer(container.id);
    this.#sandboxes.remove(id);
  }

  async listPodSandbox(filter: { labels?: Record<string, string> } = {}): Promise<PodSandbox[]> {
    return this.#sandboxes.list().filter(({ labels }) => matches(labels, filter.labels));
  }

  async createContainer(podSandboxId: string, config: ContainerConfig): Promise<string> {
    const sandbox = this.#sandboxes.get(podSandboxId);
    if (sandbox === undefined) throw new ContainerNotFoundError(podSandboxId);
    const record = createContainerRecord(sandbox, config, {
      id: newId(),
      bootId: this.#bootId,
      bubblewrapProblem: this.#bubblewrapProblem,
      seccompFile: this.#seccompFile,
    });
    this.#state.writeContainer(record);
    this.#adopt(record);
    return record.id;
  }

  async startContainer(id: string): Promise<void> {
    const container = this.#container(id);
    const directory = this.#state.container(id);
    const { config, network } = this.#sandboxes.get(container.record.podSandboxId) ?? {};
    mkdirSync(dirname(container.record.logPath), { recursive: true, mode: 0o755 });
    writeShimSpecification(
      directory,
      launchSpecification(container.record, directory, config?.hostname ?? '', {
        ...this.#options,
        networkHolder: network?.holder,
      }),
    );
    await container.start(this.#scripts);
    const { startError } = container.exit() ?? {};
    if (startError !== undefined) throw new ContainerStartError(startError);
  }

  async stopContainer(id: string, timeoutSeconds: number): Promise<void> {
    await this.#containers.get(id)?.stop(timeoutSeconds);
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.#containers.get(id);
    if (container === undefined) return;
    await container.stop(0);
    this.#containers.delete(id);
    this.#state.removeContainer(id);
  }

  async listContainers(filter: ContainerFilter = {}): Promise<Container[]> {
    return [...this.#containers.values()]
      .filter(({ id, record }) => (filter.id ?? id) === id && matches(record.config.labels, filter.labels))
      .filter(({ record }) => (filter.podSandboxId ?? record.podSandboxId) === record.podSandboxId)
      .map((container) => container.describe());
  }

  async containerStatus(id: string): Promise<ContainerStatus> {
    return this.#container(id).status();
  }

  async reopenContainerLog(id: string): Promise<void> {
    const container = this.#container(id);
    container.signalShim('SIGUSR1');
    for (
      let tries = 0;
      tries < 100 && container.isRunning() && !existsSync(container.record.logPath);
      tries += 1
    )
      await sleep(20);
  }

  async execSync(
    id: string,
    command: string[],
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<ExecResult> {
    const signals = [this.#stop.signal, ...(signal === undefined ? [] : [signal])];
    return await executeSync(this.#execTarget(id), command, timeoutMs, AbortSignal.any(signals));
  }

  async exec(id: string, command: readonly string[], streams: ContainerStreams): Promise<number> {
    return await executeInContainer(this.#execTarget(id), command, this.#untilClosed(streams));
  }

  async attach(id: string, streams: ContainerStreams): Promise<void> {
    const container = this.#container(id);
    if (!container.isRunning()) throw new ContainerNotFoundError(id);
    const { stdin = false, stdinOnce = false, tty = false } = container.record.config;
    const keepsInput = stdin && (!stdinOnce || tty);
    await attachToContainer(id, this.#state.container(id), this.#untilClosed(streams), keepsInput);
  }

  async portForward(podSandboxId: string, port: number, signal: AbortSignal): Promise<Duplex> {
    const sandbox = this.#sandboxes.get(podSandboxId);
    if (sandbox === undefined) throw new ContainerNotFoundError(podSandboxId);
    if (sandbox.network !== undefined) {
      const [scripts, listener] = [this.#scripts, this.#listener!];
      return await connectInside({ scripts, listener, network: sandbox.network }, port, signal);
    }
    const running = this.#containersOf(podSandboxId).filter((container) => container.isRunning());
    const shims = running.map(({ id }) => this.#state.readShim(id)!.pid);
    // One that has ended while its shim still writes has an ID that may be another's.
    const started = running.map((container) => container.started()!).filter(isAlive);
    const mains = started.map(({ pid }) => pid);
    return await connectPort(containerProcesses(shims, mains), port, signal);
  }

  onContainerEvent(listener: (event: ContainerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Lets go of the containers; they run on. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#listeners.clear();
    await this.#listener?.[Symbol.asyncDispose]();
  }

  /** Sessions end with this object; the containers do not. */
  #untilClosed(streams: ContainerStreams): ContainerStreams {
    const signals = [this.#stop.signal, ...(streams.signal === undefined ? [] : [streams.signal])];
    return { ...streams, onResize: streams.onResize?.bind(streams), signal: AbortSignal.any(signals) };
  }

  #execTarget(id: string): ExecTarget {
    const container = this.#container(id);
    const started = container.isRunning() ? container.started() : undefined;
    if (started === undefined) throw new ContainerNotFoundError(id);
    const directory = this.#state.container(id);
    const [scripts, listener] = [this.#scripts, this.#listener!];
    return { scripts, listener, directory, container: container.record, started };
  }

  #adopt(record: ContainerRecord): void {
    const onExit = () => this.#emit(record);
    this.#containers.set(record.id, new ContainerProcess(record, this.#state, this.#bootId, onExit));
  }

  #emit(record: ContainerRecord): void {
    const event = { containerId: record.id, podUid: record.config.labels['io.kubernetes.pod.uid'] ?? '' };
    for (const listener of this.#listeners) listener(event);
  }

  /** Ends of containers that another kubelet process started are seen by looking. */
  async #watchAdopted(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await sleep(ADOPTED_POLL_MS, this.#stop.signal).catch(() => {});
      for (const container of this.#containers.values()) this.#poll(container);
      for (const sandbox of this.#sandboxes.newlyLost()) this.#tellOf(sandbox);
    }
  }

  #tellOf({ id, config }: SandboxRecord): void {
    const event = { containerId: id, podUid: config.metadata.uid };
    for (const listener of this.#listeners) listener(event);
  }

  /** A directory that cannot be read is one container's trouble. */
  #poll(container: ContainerProcess): void {
    try {
      container.poll();
    } catch (error) {
      this.#options.logger.error({ error, containerId: container.id }, 'state of a container cannot be read');
    }
  }

  #container(id: string): ContainerProcess {
    const container = this.#containers.get(id);
    if (container === undefined) throw new ContainerNotFoundError(id);
    return container;
  }

  #containersOf(podSandboxId: string): ContainerProcess[] {
    return [...this.#containers.values()].filter(({ record }) => record.podSandboxId === podSandboxId);
  }
}

function matches(labels: Record<string, string>, wanted: Record<string, string> = {}): boolean {
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}

function newId(): string {
  return randomBytes(32).toString('hex');
}
