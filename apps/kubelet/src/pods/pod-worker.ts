import { rmSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Pod } from '@hawser/api';
import { Alarm } from './alarm.ts';
import { PodReporter } from './pod-reporter.ts';
import { podName } from './pod-spec-queries.ts';
import { PodSyncer } from './pod-syncer.ts';
import { viewPod } from './pod-view.ts';
import { type PodWorkerContext, podLogsDirectory } from './pod-worker-context.ts';
import { terminatePod } from './terminate-pod.ts';

const RESYNC_MS = 60_000;

/**
 * The life of one pod on the node. Whatever happens to it, a change, an end of a container, a probe, only rings
 * the worker's alarm; it then compares what shall be with what is. Three stages, as upstream's pod workers:
 * syncing, while it shall run; terminating, while what runs of it is ended; terminated, when only traces are left.
 */
export class PodWorker {
  readonly #context: PodWorkerContext;
  readonly #reporter: PodReporter;
  readonly #alarm: Alarm;
  /** Ends the syncing stage at once, whatever it is waiting for. */
  readonly #interrupt = new AbortController();
  #pod: Pod;
  #isForgotten = false;

  constructor(context: PodWorkerContext, pod: Pod) {
    this.#context = context;
    this.#pod = pod;
    this.#reporter = new PodReporter(context);
    this.#alarm = new Alarm(context.clock);
    if (pod.metadata.deletionTimestamp !== undefined) this.#interrupt.abort();
  }

  get pod(): Pod {
    return this.#pod;
  }

  /** The pod as the API server now has it. Its status, which is ours, is no reason to look at it again. */
  update(pod: Pod): void {
    const before = this.#pod;
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined) this.#interrupt.abort();
    if (isNews(before, pod)) this.wake();
    else this.#context.statuses.seen(pod);
  }

  /** The API server has forgotten the pod: what runs of it must end. */
  forgotten(): void {
    this.#isForgotten = true;
    this.#interrupt.abort();
    this.wake();
  }

  /** Something has happened; look. */
  wake(): void {
    this.#alarm.ring();
  }

  /** Lives the pod's life. Resolves when nothing of it is left on the node, or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#syncing(signal);
    if (!signal.aborted) await this.#terminating(signal);
    if (!signal.aborted) await this.#terminated(signal);
    if (!signal.aborted) await this.#removeTraces();
  }

  async #syncing(signal: AbortSignal): Promise<void> {
    const syncer = new PodSyncer(this.#context, this.#reporter);
    const interrupt = AbortSignal.any([signal, this.#interrupt.signal]);
    while (!interrupt.aborted) {
      const { isOver, retryMs } = await syncer.sync(this.#pod, interrupt);
      if (isOver) return;
      await this.#alarm.wait(retryMs, interrupt);
    }
  }

  async #terminating(signal: AbortSignal): Promise<void> {
    const { runtime } = this.#context;
    const termination = {
      context: this.#context,
      reporter: this.#reporter,
      pod: () => this.#pod,
      alarm: this.#alarm,
    };
    await terminatePod(termination, signal);
    if (!signal.aborted && this.#reporter.rejection === undefined)
      this.#context.logger.info({ pod: podName(this.#pod), runtime: runtime.name }, 'pod ended');
  }

  /** Its volumes go; when it is deleted, the API server is told that it may forget it. */
  async #terminated(signal: AbortSignal): Promise<void> {
    const { volumes, statuses, runtime } = this.#context;
    const uid = this.#pod.metadata.uid!;
    volumes.unmount(uid);
    while (!signal.aborted && !this.#isForgotten) {
      if (this.#pod.metadata.deletionTimestamp !== undefined) await statuses.delete(this.#pod);
      else this.#reporter.report(this.#pod, await viewPod(runtime, uid), true);
      if (!this.#isForgotten) await this.#alarm.wait(RESYNC_MS, signal);
    }
  }

  async #removeTraces(): Promise<void> {
    const { runtime, statuses, logsDirectory, logger } = this.#context;
    const uid = this.#pod.metadata.uid!;
    for (const { id } of (await viewPod(runtime, uid)).sandboxes) await runtime.removePodSandbox(id);
    rmSync(podLogsDirectory(logsDirectory, this.#pod), { recursive: true, force: true });
    statuses.forget(uid);
    logger.info({ pod: podName(this.#pod) }, 'pod removed');
  }
}

/** Whether a change of the pod concerns more than its status; readiness gates are others' part of that. */
function isNews(before: Pod, after: Pod): boolean {
  const facts = ({ metadata, spec, status }: Pod) => [
    metadata.generation,
    metadata.deletionTimestamp,
    metadata.deletionGracePeriodSeconds,
    metadata.labels,
    metadata.annotations,
    spec,
    spec?.readinessGates?.length ? status?.conditions : undefined,
  ];
  return !isDeepStrictEqual(facts(before), facts(after));
}
