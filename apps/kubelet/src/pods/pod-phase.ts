import type { ContainerStatus, Pod } from '@hawser/api';
import { containersOf, initContainersOf, isSidecar, restartPolicyOf } from './pod-spec-queries.ts';

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed';

/**
 * The phase of a pod by the states of its containers (upstream's `getPhase`).
 * @param isOver whether nothing of it shall run any more: it is then Succeeded or Failed, whatever its policy.
 */
export function podPhase(
  pod: Pod,
  initStatuses: readonly ContainerStatus[],
  statuses: readonly ContainerStatus[],
  isOver: boolean,
): PodPhase {
  const policy = restartPolicyOf(pod);
  const init = initContainersOf(pod).map((container) =>
    initProgress(isSidecar(container), byName(initStatuses, container.name)),
  );
  if (policy === 'Never' && init.includes('failed')) return 'Failed';
  const regular = containersOf(pod).map(({ name }) => progress(byName(statuses, name)));
  const all = regular.length > 0;
  const ended = regular.filter((state) => state === 'succeeded' || state === 'failed');
  if (isOver && all && ended.length === regular.length)
    return regular.includes('failed') ? 'Failed' : 'Succeeded';
  if (init.includes('pending') || init.includes('failed') || regular.includes('waiting')) return 'Pending';
  if (regular.includes('running')) return 'Running';
  if (!all || policy === 'Always') return 'Running';
  if (!regular.includes('failed')) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

type Progress = 'waiting' | 'running' | 'succeeded' | 'failed';

/** A container between two runs counts as ended. */
function progress(status: ContainerStatus | undefined): Progress {
  const { running, terminated } = status?.state ?? {};
  if (running) return 'running';
  const end = terminated ?? status?.lastState?.terminated;
  if (end === undefined) return 'waiting';
  return end.exitCode === 0 ? 'succeeded' : 'failed';
}

function initProgress(sidecar: boolean, status: ContainerStatus | undefined): 'done' | 'pending' | 'failed' {
  const { running, terminated } = status?.state ?? {};
  if (sidecar) return (running && status?.started) || terminated ? 'done' : 'pending';
  if (terminated) return terminated.exitCode === 0 ? 'done' : 'failed';
  return 'pending';
}

function byName(statuses: readonly ContainerStatus[], name: string): ContainerStatus | undefined {
  return statuses.find((status) => status.name === name);
}
