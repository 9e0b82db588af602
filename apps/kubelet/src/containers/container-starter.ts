import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Container, Pod } from '@hawser/api';
import { type EventRecorder, subjectOf } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import type { ContainerRuntime, KeyValue, Mount } from '../container-runtime/container-runtime.ts';
import {
  ContainerStartError,
  InvalidContainerError,
  UnsupportedSettingError,
} from '../container-runtime/errors.ts';
import { ContainerConfigError } from '../environment/container-config-error.ts';
import { containerEnvironment, type EnvironmentSources } from '../environment/container-environment.ts';
import { labelPart, UnsafeNameError, uidPart } from '../path-names.ts';
import type { WaitingReason } from '../pods/container-status.ts';
import { podName } from '../pods/pod-spec-queries.ts';
import { containerConfig } from './container-config.ts';
import { SERVICE_ACCOUNT_PATH, volumeMounts } from './container-mounts.ts';
import { containerPath } from './container-path.ts';
import { HookError, runHook } from './lifecycle-hook.ts';
import { type HubName, networkFileMounts, type PodNames } from './network-files.ts';

export interface ContainerStarterOptions {
  readonly runtime: ContainerRuntime;
  readonly recorder: Pick<EventRecorder, 'event'>;
  readonly logger: Logger;
  readonly podsDirectory: string;
  /** Resolves when all that a pod's environment is made of is known; rejects with the signal's reason on abort. */
  readonly environment: (
    pod: Pod,
    podIp: string,
    until: AbortSignal,
  ) => Promise<EnvironmentSources & { readonly hub: HubName | undefined }>;
}

export interface StartRequest {
  readonly pod: Pod;
  readonly container: Container;
  readonly podSandboxId: string;
  /** The pod's address, be it the node's. */
  readonly podIp: string;
  /** The address that is the pod's own, if it has one. */
  readonly ownIp?: string | undefined;
  readonly attempt: number;
  /** The path on the node of each volume. */
  readonly volumes: ReadonlyMap<string, string>;
}

const DEFAULT_MESSAGE_PATH = '/dev/termination-log';
/** A postStart hook has no time of its own; without any bound a pod could hang in it unseen. */
const POST_START_TIMEOUT_MS = 10 * 60_000;

/** Starts containers: environment, mounts, the runtime's part, the postStart hook, and an event for each step. */
export class ContainerStarter {
  readonly #options: ContainerStarterOptions;

  constructor(options: ContainerStarterOptions) {
    this.#options = options;
  }

  /**
   * @param interrupt for a pod that is to end: ends the wait for its environment, and the postStart hook, where the
   * container is left to whoever ends it.
   * @returns why the container does not run; undefined when it does. @throws the interrupt's reason.
   */
  async start(request: StartRequest, interrupt: AbortSignal): Promise<WaitingReason | undefined> {
    const { pod, container } = request;
    const subject = subjectOf(pod, `spec.containers{${container.name}}`);
    const { recorder, logger } = this.#options;
    try {
      const sources = await this.#options.environment(pod, request.podIp, interrupt);
      const envs = await containerEnvironment(pod, container, sources);
      // Held until the container has its mounts, which is after its start.
      using held = volumeMounts(pod, await this.#withoutInjected(pod, container), request.volumes, envs);
      const id = await this.#create(request, envs, held.mounts, sources.hub);
      recorder.event(subject, 'Normal', 'Created', `Created container: ${container.name}`);
      await this.#options.runtime.startContainer(id);
      recorder.event(subject, 'Normal', 'Started', `Started container ${container.name}`);
      await this.#postStart(request, id, interrupt);
      return undefined;
    } catch (error) {
      if (interrupt.aborted && error === interrupt.reason) throw error;
      const waiting = waitingReasonOf(error);
      const eventReason = waiting.reason === 'PostStartHookError' ? 'FailedPostStartHook' : 'Failed';
      recorder.event(subject, 'Warning', eventReason, `Error: ${waiting.message}`);
      const isExpected = EXPECTED.some((kind) => error instanceof kind);
      const why = isExpected ? waiting : { error };
      logger.warn({ ...why, pod: podName(pod), container: container.name }, 'container not started');
      return waiting;
    }
  }

  async #create(
    { pod, container, podSandboxId, ownIp, attempt }: StartRequest,
    envs: KeyValue[],
    wanted: Mount[],
    hub: HubName | undefined,
  ): Promise<string> {
    const terminationMessageFile = await this.#messageFile(pod, container, attempt);
    const names = { hub, ownIp };
    const own = this.#ownMounts(pod, container, terminationMessageFile, names);
    const covered = new Set(wanted.map(({ containerPath }) => containerPath));
    const mounts = [...own.filter(({ containerPath }) => !covered.has(containerPath)), ...wanted];
    const config = containerConfig(pod, container, { attempt, envs, mounts, terminationMessageFile });
    return await this.#options.runtime.createContainer(podSandboxId, config);
  }

  /**
   * Where mounts cannot be realised, a pod that only has what admission gave it, its service account, runs
   * without; the event says so. A mount that its author asked for is the runtime's to refuse.
   */
  async #withoutInjected(pod: Pod, container: Container): Promise<Container> {
    const { mounts } = await this.#options.runtime.status();
    const isInjected = ({ mountPath }: { mountPath: string }) => mountPath === SERVICE_ACCOUNT_PATH;
    if (mounts.supported || !container.volumeMounts?.some(isInjected)) return container;
    this.#options.recorder.event(
      subjectOf(pod, `spec.containers{${container.name}}`),
      'Warning',
      'FailedMount',
      `container ${container.name} runs without ${SERVICE_ACCOUNT_PATH}: ${mounts.reason}`,
    );
    return { ...container, volumeMounts: container.volumeMounts.filter((mount) => !isInjected(mount)) };
  }

  async #messageFile(pod: Pod, container: Container, attempt: number): Promise<string | undefined> {
    if (!(await this.#options.runtime.status()).mounts.supported) return undefined;
    const name = labelPart('container name', container.name);
    const directory = join(this.#podDirectory(pod), 'containers', name);
    mkdirSync(directory, { recursive: true });
    const path = join(directory, `termination-log-${attempt}`);
    // Writable by any user that the container may run as; the directory is the kubelet's.
    closeSync(openSync(path, 'w'));
    chmodSync(path, 0o666);
    return path;
  }

  #podDirectory(pod: Pod): string {
    return join(this.#options.podsDirectory, uidPart(pod.metadata.uid));
  }

  #ownMounts(pod: Pod, container: Container, messageFile: string | undefined, names: PodNames): Mount[] {
    if (messageFile === undefined) return [];
    return [
      ...networkFileMounts(pod, this.#podDirectory(pod), names),
      { hostPath: messageFile, containerPath: messagePathOf(container), readonly: false },
    ];
  }

  async #postStart(
    { pod, container, podIp }: StartRequest,
    containerId: string,
    interrupt: AbortSignal,
  ): Promise<void> {
    const handler = container.lifecycle?.postStart;
    if (!handler) return;
    const { runtime } = this.#options;
    try {
      const target = { runtime, containerId, container, podIp };
      await runHook(handler, target, POST_START_TIMEOUT_MS, interrupt);
    } catch (error) {
      if (interrupt.aborted) return;
      const message = `Container ${container.name} failed postStart hook, will be killed`;
      this.#options.recorder.event(
        subjectOf(pod, `spec.containers{${container.name}}`),
        'Normal',
        'Killing',
        message,
      );
      await runtime.stopContainer(containerId, 2);
      throw error instanceof HookError ? error : new HookError(String(error), { cause: error });
    }
  }
}

function messagePathOf({ terminationMessagePath }: Container): string {
  return containerPath(terminationMessagePath || DEFAULT_MESSAGE_PATH);
}

/** Faults of the pod, not of the kubelet: their words are enough. */
const EXPECTED = [
  UnsafeNameError,
  ContainerConfigError,
  UnsupportedSettingError,
  InvalidContainerError,
  ContainerStartError,
  HookError,
];

/** Upstream's reasons. */
function waitingReasonOf(error: unknown): WaitingReason {
  const message = error instanceof Error ? error.message : String(error);
  const configErrors = [ContainerConfigError, UnsupportedSettingError, UnsafeNameError];
  if (configErrors.some((kind) => error instanceof kind))
    return { reason: 'CreateContainerConfigError', message };
  if (error instanceof ContainerStartError) return { reason: 'RunContainerError', message };
  if (error instanceof HookError) return { reason: 'PostStartHookError', message };
  return { reason: 'CreateContainerError', message };
}
