import type { Pod, PodStatus } from '@hawser/api';
import type { ContainerStatus as Run } from '../container-runtime/container-runtime.ts';
import type { WaitingReason } from './container-status.ts';
import { findContainer } from './pod-spec-queries.ts';
import { podStatus } from './pod-status.ts';
import type { PodView } from './pod-view.ts';
import type { PodWorkerContext, Rejection } from './pod-worker-context.ts';
import { terminationMessage } from './termination-message.ts';

/** Works out one pod's status and hands it on. */
export class PodReporter {
  /** Why containers do not run, by name; gone once they do. */
  readonly waiting = new Map<string, WaitingReason>();
  rejection: Rejection | undefined;
  readonly #context: PodWorkerContext;
  readonly #messages = new Map<string, string>();

  constructor(context: PodWorkerContext) {
    this.#context = context;
  }

  /** @param isOver whether nothing of the pod shall run any more. */
  report(pod: Pod, view: PodView, isOver: boolean): PodStatus {
    const { statuses, probes, runtime, nodeIp, clock } = this.#context;
    for (const { metadata, state } of view.containers)
      if (state === 'running') this.waiting.delete(metadata.name);
    const status = podStatus({
      pod: this.#withReported(pod),
      view,
      waiting: this.waiting,
      isReady: (run, container) => probes.isReady(run, container),
      isStarted: (run) => probes.isStarted(run),
      terminationMessage: (run) => this.#messageOf(pod, run),
      runtimeName: runtime.name,
      nodeIp,
      isOver,
      rejection: this.rejection,
      now: clock.now(),
    });
    statuses.set(pod, status);
    return status;
  }

  /** What was last reported may not have come back yet; times and phases go on from it. */
  #withReported(pod: Pod): Pod {
    const reported = this.#context.statuses.get(pod.metadata.uid!);
    if (reported === undefined) return pod;
    const own = reported.conditions ?? [];
    const types = new Set(own.map(({ type }) => type));
    const foreign = (pod.status?.conditions ?? []).filter(({ type }) => !types.has(type));
    return { ...pod, status: { ...pod.status, ...reported, conditions: [...own, ...foreign] } };
  }

  #messageOf(pod: Pod, run: Run): string {
    const known = this.#messages.get(run.id);
    if (known !== undefined || run.state !== 'exited') return known ?? '';
    const container = findContainer(pod, run.metadata.name)?.container;
    const message = terminationMessage(run, container?.terminationMessagePolicy);
    this.#messages.set(run.id, message);
    return message;
  }
}
