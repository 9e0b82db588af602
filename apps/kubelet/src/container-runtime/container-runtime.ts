import type { Duplex, Readable, Writable } from 'node:stream';

/**
 * The port between the kubelet and whatever runs containers. It has the shape of CRI's `RuntimeService`
 * (k8s.io/cri-api `runtime.v1`), with its names in TypeScript's spelling, so that a gRPC adapter to
 * containerd or CRI-O is a translation and nothing more. Times are `Date`s, durations say their unit.
 */

/** Labels that the kubelet puts on everything it makes, as upstream's do, and by which it finds it again. */
export const RuntimeLabel = {
  podName: 'io.kubernetes.pod.name',
  podNamespace: 'io.kubernetes.pod.namespace',
  podUid: 'io.kubernetes.pod.uid',
  containerName: 'io.kubernetes.container.name',
} as const;

/** `runtime.v1.PortMapping`: a port of the node that leads to one of the sandbox. */
export interface PortMapping {
  protocol: 'TCP' | 'UDP' | 'SCTP';
  hostPort: number;
  containerPort: number;
  /** Of the node's addresses, the only one; all if absent. */
  hostIp?: string;
}

export interface PodSandboxConfig {
  metadata: { name: string; uid: string; namespace: string; attempt: number };
  hostname: string;
  /** To have the node's network whatever there is (CRI's NamespaceMode NODE). */
  hostNetwork?: boolean;
  /** Of a sandbox with a network of its own. */
  portMappings?: PortMapping[];
  /** Absolute; the container's `logPath` is relative to it. */
  logDirectory: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export type PodSandboxState = 'ready' | 'notready';

export interface PodSandbox {
  id: string;
  metadata: PodSandboxConfig['metadata'];
  state: PodSandboxState;
  createdAt: Date;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** The address of its own that it has (CRI's PodSandboxStatus.network.ip); absent where it has the node's network. */
  ip?: string;
}

export interface Mount {
  /** Absolute path in the container. */
  containerPath: string;
  /** Absolute path on the node; must exist. */
  hostPath: string;
  readonly: boolean;
}

export interface KeyValue {
  key: string;
  value: string;
}

/** `runtime.v1.LinuxContainerSecurityContext`, as far as a Pod can say it. */
export interface ContainerSecurityContext {
  privileged?: boolean;
  capabilities?: { add: string[]; drop: string[] };
  runAsUser?: number;
  runAsGroup?: number;
  supplementalGroups?: number[];
  readonlyRootfs?: boolean;
  noNewPrivs?: boolean;
  hostPid?: boolean;
  hostIpc?: boolean;
  /** Settings named as the Pod names them that this list has no field for; a runtime refuses what it lacks. */
  seccompProfile?: string;
  appArmorProfile?: string;
  seLinux?: boolean;
  procMount?: string;
}

export interface ContainerConfig {
  metadata: { name: string; attempt: number };
  /** Recorded; a runtime that has no images runs `command` and `args` on the node's own files. */
  image: string;
  command: string[];
  args: string[];
  /** Empty for the image's, or the root directory. */
  workingDir: string;
  envs: KeyValue[];
  mounts: Mount[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Relative to the sandbox's `logDirectory`. */
  logPath: string;
  /** Keep the container's input open, for who attaches. */
  stdin?: boolean;
  /** End the input when the first who attached with it has ended it, or left. */
  stdinOnce?: boolean;
  /** Give the container a terminal. */
  tty?: boolean;
  /** Such as `SIGUSR1`; SIGTERM if absent. */
  stopSignal?: string;
  securityContext: ContainerSecurityContext;
}

export type ContainerState = 'created' | 'running' | 'exited' | 'unknown';

export interface Container {
  id: string;
  podSandboxId: string;
  metadata: ContainerConfig['metadata'];
  image: string;
  state: ContainerState;
  createdAt: Date;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface ContainerStatus extends Container {
  startedAt?: Date;
  finishedAt?: Date;
  /** Present when `state` is `exited`. */
  exitCode?: number;
  /** Set when the process was ended by a signal. */
  signal?: number;
  /** CamelCase, such as `Completed`, `Error`, `StartError`. */
  reason: string;
  message: string;
  /** Absolute. */
  logPath: string;
}

export interface RuntimeCondition {
  type: 'RuntimeReady' | 'NetworkReady';
  status: boolean;
  reason: string;
  message: string;
}

export interface RuntimeStatus {
  conditions: RuntimeCondition[];
  /** Whether mounts can be realised; when not, `createContainer` refuses a config with mounts, for `reason`. */
  mounts: { supported: boolean; reason: string };
}

export interface ContainerFilter {
  id?: string;
  podSandboxId?: string;
  labels?: Record<string, string>;
}

export interface ExecResult {
  exitCode: number;
  stdout: Buffer;
  stderr: Buffer;
}

/** Columns and rows. */
export interface TerminalSize {
  width: number;
  height: number;
}

/** What a command or a container is joined to. None of the streams is ended or destroyed by the runtime. */
export interface ContainerStreams {
  /** Its end is the end of input, except with a terminal, which has none. */
  readonly stdin?: Readable;
  readonly stdout?: Writable;
  readonly stderr?: Writable;
  /** Give the command a terminal, whose output is all on `stdout`. For `attach`, the container's config decides. */
  readonly tty: boolean;
  /** Calls back with each new size of the terminal, first with the present one if it is known. */
  onResize?(listener: (size: TerminalSize) => void): void;
  /** Ends it when it aborts: nobody is there any more. */
  readonly signal?: AbortSignal;
}

/** Says that a container, or the sandbox with this ID, changed state; what it says is a hint, the truth is in `containerStatus`. */
export interface ContainerEvent {
  containerId: string;
  podUid: string;
}

export interface ContainerRuntime extends AsyncDisposable {
  readonly name: string;
  readonly version: string;

  status(): Promise<RuntimeStatus>;

  /** Makes a sandbox and returns its ID. @throws NetworkNotReadyError when it is to have a network, and there is none. */
  runPodSandbox(config: PodSandboxConfig): Promise<string>;
  /** Ends every container in it at once. Idempotent; an unknown ID is no error. */
  stopPodSandbox(id: string): Promise<void>;
  /** Stops it if need be and forgets it with its containers; logs stay. Idempotent. */
  removePodSandbox(id: string): Promise<void>;
  listPodSandbox(filter?: { labels?: Record<string, string> }): Promise<PodSandbox[]>;

  /**
   * Prepares a container. @throws UnsupportedSettingError for a setting that the runtime cannot honour,
   * InvalidContainerError for a config that no runtime could run.
   */
  createContainer(podSandboxId: string, config: ContainerConfig): Promise<string>;
  /** Starts a created container. @throws ContainerStartError when its process could not be executed. */
  startContainer(id: string): Promise<void>;
  /** Asks it to end, and kills it after `timeoutSeconds`. Resolves when it has ended. Idempotent. */
  stopContainer(id: string, timeoutSeconds: number): Promise<void>;
  /** Forgets an ended container; its log stays. A running one is killed. Idempotent. */
  removeContainer(id: string): Promise<void>;
  listContainers(filter?: ContainerFilter): Promise<Container[]>;
  /** @throws ContainerNotFoundError */
  containerStatus(id: string): Promise<ContainerStatus>;
  /** Makes the runtime open the log path anew, after the log was renamed for rotation. */
  reopenContainerLog(id: string): Promise<void>;
  /**
   * Runs a command in a running container.
   * @throws ExecTimeoutError after `timeoutMs`, the signal's reason when it aborts; the command is killed then.
   */
  execSync(id: string, command: string[], timeoutMs: number, signal?: AbortSignal): Promise<ExecResult>;
  /**
   * Runs a command in a running container, joined to the streams. Output is read no faster than it is taken.
   * A command that is not found exits with 127, one that cannot be executed with 126, and says so on `stderr`.
   * @returns its exit code, once all that it wrote has been written to the streams; 128 and the signal's number
   * when a signal ended it.
   * @throws ContainerNotFoundError when the container does not run, CommandStartError when the command could not
   * be tried, the signal's reason when it aborts; the command and the processes of its session are killed then.
   */
  exec(id: string, command: readonly string[], streams: ContainerStreams): Promise<number>;
  /**
   * Joins the streams to a running container: output from now on; what it said before is in its log, which kubectl
   * reads first. Who does not take the output holds the container back.
   * Resolves when the container has ended and all its output has been written to the streams, or soon after the end
   * of the client's input, where that is not the container's (no `stdinOnce`, or a terminal).
   * @throws ContainerNotFoundError when it does not run, the signal's reason when it aborts; it runs on then.
   */
  attach(id: string, streams: ContainerStreams): Promise<void>;
  /**
   * Connects to a TCP port of the sandbox's: on its loopback, or its address; without a network of its own, to a port
   * on which a process of it listens, and to no other.
   * @returns a byte stream that ends by halves.
   * @throws ContainerNotFoundError without such a sandbox, Error with what the client is told when it is refused.
   */
  portForward(podSandboxId: string, port: number, signal: AbortSignal): Promise<Duplex>;

  /** Calls back on every change of state that happens by itself. Returns the way to stop. */
  onContainerEvent(listener: (event: ContainerEvent) => void): () => void;
}
