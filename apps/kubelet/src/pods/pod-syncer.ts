import { rmSync } from 'node:fs';
import type { Container, Pod } from '@hawser/api';
import { subjectOf } from '@hawser/client';
import { Backoff } from '@hawser/runtime';
import type { ContainerStatus as Run } from '../container-runtime/container-runtime.ts';
import { sandboxConfig } from '../containers/container-config.ts';
import { RuntimeAnnotation } from '../containers/runtime-annotations.ts';
import { stopContainer } from '../containers/stop-container.ts';
import { removeLog } from '../logs/log-files.ts';
import { NetworkNotReadyError } from '../network/sandbox-network.ts';
import { networkNotReady } from '../node/runtime-problems.ts';
import { type ContainerKill, computePodActions } from './pod-actions.ts';
import type { PodReporter } from './pod-reporter.ts';
import { findContainer, gracePeriodOf, isSidecar, podName } from './pod-spec-queries.ts';
import { type PodView, podIpOf, readySandbox, runsOf, viewPod } from './pod-view.ts';
import { type PodWorkerContext, podLogsDirectory, type Rejection } from './pod-worker-context.ts';
import { RestartBackoff } from './restart-backoff.ts';

export interface SyncResult {
  /** The pod has Succeeded or Failed. */
  isOver: boolean;
  /** When to look again though nothing has happened. */
  retryMs: number;
}

/** Volumes are refreshed at least this often. */
const RESYNC_MS = 60_000;

const SIDECAR_MS = 10;

/** Brings what runs of one pod closer to what shall run, a step at a time. */
export class PodSyncer {
  readonly #context: PodWorkerContext;
  readonly #reporter: PodReporter;
  readonly #restarts: RestartBackoff;
  readonly #failures = new Backoff({ initialMs: 500, maxMs: 10_000 });
  #retryMs = RESYNC_MS;
  #hasFailed = false;

  constructor(context: PodWorkerContext, reporter: PodReporter) {
    this.#context = context;
    this.#reporter = reporter;
    this.#restarts = new RestartBackoff(context.clock);
  }

  /** One round. The interrupt makes it return early, for a pod that is to end. */
  async sync(pod: Pod, interrupt: AbortSignal): Promise<SyncResult> {
    this.#retryMs = RESYNC_MS;
    this.#hasFailed = false;
    let isOver = false;
    try {
      isOver = await this.#round(pod, interrupt);
    } catch (error) {
      if (interrupt.aborted) return { isOver, retryMs: 0 };
      this.#context.logger.warn({ error, pod: podName(pod) }, 'pod not synced, trying again');
      this.#failed();
    }
    if (!this.#hasFailed) this.#failures.reset();
    return { isOver, retryMs: this.#retryMs };
  }

  async #round(pod: Pod, interrupt: AbortSignal): Promise<boolean> {
    const { runtime, probes, admit } = this.#context;
    const before = await viewPod(runtime, pod.metadata.uid!);
    probes.sync(pod, before);
    if (before.sandboxes.length === 0) this.#reject(pod, admit(pod));
    const { phase } = this.#reporter.report(pod, before, false);
    if (phase === 'Failed' || phase === 'Succeeded') return true;
    if (this.#reject(pod, this.#deadlineExceeded(pod))) return true;
    const volumes = await this.#mount(pod);
    const actions = computePodActions(pod, before, probes);
    await this.#kill(pod, actions.kill, podIpOf(before, this.#context.nodeIp), interrupt);
    if (volumes === undefined && actions.start.length > 0) return false;
    const view = actions.createSandbox ? await this.#createSandbox(pod, before) : before;
    for (const container of actions.start)
      if (!interrupt.aborted) await this.#start(pod, container, view, volumes!, interrupt);
    const after = await viewPod(runtime, pod.metadata.uid!);
    probes.sync(pod, after);
    this.#reporter.report(pod, after, false);
    // A sidecar that has started lets the next container start, and nothing but this will tell.
    if (actions.start.some(isSidecar) && !this.#hasFailed)
      this.#retryMs = Math.min(this.#retryMs, SIDECAR_MS);
    return false;
  }

  /** Returns whether there is a reason to. The next report says it. */
  #reject(pod: Pod, rejection: Rejection | undefined): boolean {
    if (rejection === undefined) return false;
    this.#reporter.rejection = rejection;
    this.#context.recorder.event(subjectOf(pod), 'Warning', rejection.reason, rejection.message);
    return true;
  }

  /** `activeDeadlineSeconds`, counted from the pod's start on the node. */
  #deadlineExceeded({ spec, status, metadata }: Pod): Rejection | undefined {
    const startTime = this.#context.statuses.get(metadata.uid!)?.startTime ?? status?.startTime;
    if (spec?.activeDeadlineSeconds === undefined || startTime === undefined) return undefined;
    const deadlineMs = new Date(startTime).getTime() + spec.activeDeadlineSeconds * 1000;
    const leftMs = deadlineMs - this.#context.clock.now().getTime();
    if (leftMs <= 0)
      return {
        reason: 'DeadlineExceeded',
        message: 'Pod was active on the node longer than the specified deadline',
      };
    this.#retryMs = Math.min(this.#retryMs, leftMs);
    return undefined;
  }

  /** A pod whose volumes are not ready waits, and its events say for what. */
  async #mount(pod: Pod): Promise<Map<string, string> | undefined> {
    try {
      return await this.#context.volumes.mount(pod);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#context.recorder.event(subjectOf(pod), 'Warning', 'FailedMount', message);
      this.#context.logger.warn({ message, pod: podName(pod) }, 'volumes not ready');
      this.#failed();
      return undefined;
    }
  }

  /** What was killed for good reason runs again in the next round, which its end brings about. */
  async #kill(
    pod: Pod,
    kills: readonly ContainerKill[],
    podIp: string,
    interrupt: AbortSignal,
  ): Promise<void> {
    if (kills.length === 0) return;
    const context = this.#context;
    const stops = kills.map(({ container: run, message, graceSeconds = gracePeriodOf(pod) }) => {
      const container = findContainer(pod, run.metadata.name)?.container;
      return stopContainer({ ...context, podIp }, pod, container, run, graceSeconds, message);
    });
    this.#retryMs = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    interrupt.addEventListener('abort', () => resolve(), { once: true });
    await Promise.race([Promise.all(stops), promise]);
  }

  async #createSandbox(pod: Pod, { sandboxes }: PodView): Promise<PodView> {
    const { runtime, logsDirectory, recorder } = this.#context;
    const attempt = (sandboxes[0]?.metadata.attempt ?? -1) + 1;
    // What is left of an earlier one: its address, for instance.
    for (const { id } of sandboxes) await runtime.stopPodSandbox(id);
    try {
      await runtime.runPodSandbox(sandboxConfig(pod, attempt, podLogsDirectory(logsDirectory, pod)));
    } catch (error) {
      const [reason, message] = sandboxFailure(error);
      recorder.event(subjectOf(pod), 'Warning', reason, message);
      throw error;
    }
    return await viewPod(runtime, pod.metadata.uid!);
  }

  async #start(
    pod: Pod,
    container: Container,
    view: PodView,
    volumes: ReadonlyMap<string, string>,
    interrupt: AbortSignal,
  ): Promise<void> {
    const { starter, probes, nodeIp } = this.#context;
    const runs = runsOf(view, container.name);
    const last = runs.find(({ state }) => state === 'exited');
    if (this.#isBackingOff(pod, container, last)) return;
    if (last?.finishedAt !== undefined) this.#restarts.restarted(container.name, last.finishedAt);
    if (last !== undefined) probes.forgetFailure(last.id);
    // What was made and never started is of no use; of those that ran, the last is kept for `--previous`.
    for (const run of runs.filter((run) => run !== last)) await this.#remove(run);
    const attempt = nextAttempt(pod, container, runs);
    const podSandboxId = readySandbox(view)!.id;
    const reason = await starter.start(
      {
        pod,
        container,
        podSandboxId,
        podIp: podIpOf(view, nodeIp),
        ownIp: readySandbox(view)!.ip,
        attempt,
        volumes,
      },
      interrupt,
    );
    if (reason === undefined) return;
    this.#reporter.waiting.set(container.name, reason);
    this.#failed();
  }

  async #remove({ id, logPath, annotations }: Run): Promise<void> {
    await this.#context.runtime.removeContainer(id);
    removeLog(logPath);
    const messageFile = annotations[RuntimeAnnotation.terminationMessageFile];
    if (messageFile !== undefined) rmSync(messageFile, { force: true });
  }

  #isBackingOff(pod: Pod, { name }: Container, last: Run | undefined): boolean {
    const wait = last?.finishedAt && this.#restarts.waiting(name, last.finishedAt);
    if (!wait) return false;
    const { name: podName, namespace, uid } = pod.metadata;
    const where = `${podName}_${namespace}(${uid})`;
    const message = `back-off ${goDuration(wait.delayMs)} restarting failed container=${name} pod=${where}`;
    this.#reporter.waiting.set(name, { reason: 'CrashLoopBackOff', message });
    this.#retryMs = Math.min(this.#retryMs, wait.remainingMs + 1);
    const subject = subjectOf(pod, `spec.containers{${name}}`);
    const text = `Back-off restarting failed container ${name} in pod ${where}`;
    this.#context.recorder.event(subject, 'Warning', 'BackOff', text);
    return true;
  }

  #failed(): void {
    this.#hasFailed = true;
    this.#retryMs = Math.min(this.#retryMs, this.#failures.next());
  }
}

/** An event's reason and message, in upstream's words. */
function sandboxFailure(error: unknown): [reason: string, message: string] {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof NetworkNotReadyError
    ? ['NetworkNotReady', `network is not ready: ${networkNotReady(message)}`]
    : ['FailedCreatePodSandBox', `Failed to create pod sandbox: ${message}`];
}

function nextAttempt({ status }: Pod, { name }: Container, runs: readonly Run[]): number {
  const ran = runs.find(({ state }) => state !== 'created');
  if (ran !== undefined) return ran.metadata.attempt + 1;
  // The runtime knows of no run, but the API server may: of a node whose state was wiped.
  const statuses = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])];
  const known = statuses.find((candidate) => candidate.name === name);
  return known?.containerID ? known.restartCount + 1 : (known?.restartCount ?? 0);
}

/** As Go prints it: `10s`, `2m40s`, `5m0s`. */
function goDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
