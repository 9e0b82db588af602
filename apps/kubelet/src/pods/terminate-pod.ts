import type { Pod } from '@hawser/api';
import type { ContainerStatus as Run } from '../container-runtime/container-runtime.ts';
import { stopContainer } from '../containers/stop-container.ts';
import type { Alarm } from './alarm.ts';
import type { PodReporter } from './pod-reporter.ts';
import { findContainer, gracePeriodOf, isSidecar, podName } from './pod-spec-queries.ts';
import { podIpOf, runningContainers, viewPod } from './pod-view.ts';
import type { PodWorkerContext } from './pod-worker-context.ts';

export interface Termination {
  readonly context: PodWorkerContext;
  readonly reporter: PodReporter;
  /** The pod as it now is; its grace period may shrink while it ends. */
  readonly pod: () => Pod;
  /** Rung when the pod has changed. */
  readonly alarm: Alarm;
}

const RETRY_MS = 1_000;

/** Ends all that runs of a pod, sidecars last, and reports as it goes. Resolves when nothing runs. */
export async function terminatePod(termination: Termination, signal: AbortSignal): Promise<void> {
  const { context, reporter, pod, alarm } = termination;
  const { runtime, probes, logger } = context;
  const uid = pod().metadata.uid!;
  reporter.waiting.clear();
  for (
    let running = await report(termination);
    running.length > 0 && !signal.aborted;
    running = await report(termination)
  ) {
    const mains = running.filter((run) => !isSidecarRun(pod(), run));
    try {
      await stopAll(termination, mains.length > 0 ? mains : running, signal);
    } catch (error) {
      logger.warn({ error, pod: podName(pod()) }, 'container not stopped, trying again');
      await alarm.wait(RETRY_MS, signal);
    }
  }
  if (signal.aborted) return;
  probes.remove(uid);
  for (const { id } of (await viewPod(runtime, uid)).sandboxes) await runtime.stopPodSandbox(id);
  await report(termination);
}

/** @returns what still runs. */
async function report({ context, reporter, pod }: Termination): Promise<readonly Run[]> {
  const view = await viewPod(context.runtime, pod().metadata.uid!);
  reporter.report(pod(), view, true);
  return runningContainers(view);
}

function isSidecarRun(pod: Pod, { metadata }: Run): boolean {
  const found = findContainer(pod, metadata.name);
  return found?.isInit === true && isSidecar(found.container);
}

/** A shorter grace period that comes meanwhile, as with a second `kubectl delete --now`, counts at once. */
async function stopAll(
  { context, pod, alarm }: Termination,
  runs: readonly Run[],
  signal: AbortSignal,
): Promise<void> {
  const { nodeIp, runtime, ...rest } = context;
  const podIp = podIpOf(await viewPod(runtime, pod().metadata.uid!), nodeIp);
  let graceSeconds = gracePeriodOf(pod());
  const ended = new AbortController();
  const stops = runs.map((run) => {
    const container = findContainer(pod(), run.metadata.name)?.container;
    const message = `Stopping container ${run.metadata.name}`;
    return stopContainer({ ...rest, runtime, podIp }, pod(), container, run, graceSeconds, message);
  });
  const stopping = Promise.all(stops).finally(() => ended.abort());
  // Handled below; an early failure must not count as unhandled before.
  stopping.catch(() => {});
  while (!ended.signal.aborted && !signal.aborted) {
    await alarm.wait(RETRY_MS, AbortSignal.any([ended.signal, signal]));
    const granted = gracePeriodOf(pod());
    if (granted >= graceSeconds || ended.signal.aborted) continue;
    graceSeconds = granted;
    await Promise.all(runs.map(({ id }) => runtime.stopContainer(id, granted)));
  }
  if (!signal.aborted) await stopping;
}
