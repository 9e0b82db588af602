import type { Container, Pod } from '@hawser/api';
import type { ContainerStatus } from '../container-runtime/container-runtime.ts';
import { containersOf, initContainersOf, isSidecar, restartPolicyOf } from './pod-spec-queries.ts';
import { type PodView, readySandbox, runningContainers, runsOf } from './pod-view.ts';

/** What to do next for a pod that shall run. */
export interface PodActions {
  createSandbox: boolean;
  kill: ContainerKill[];
  start: Container[];
}

export interface ContainerKill {
  container: ContainerStatus;
  message: string;
  /** In place of the pod's grace period. */
  graceSeconds?: number;
}

/** What probes have found of running containers, by runtime ID. */
export interface ContainerHealth {
  /** Whether its start, startup probe included, is over. */
  isStarted(container: ContainerStatus): boolean;
  failure(containerId: string): 'liveness' | 'startup' | undefined;
}

/**
 * Compares what a pod asks for with what runs (upstream's `computePodActions`): first a sandbox, then the init
 * containers one after the other, then all the others, and each again when its restart policy says so. Time
 * plays no part: back-off is for whoever acts.
 */
export function computePodActions(pod: Pod, view: PodView, health: ContainerHealth): PodActions {
  const sandbox = readySandbox(view);
  if (sandbox === undefined) return actionsWithoutSandbox(pod, view);
  const inSandbox = view.containers.filter(({ podSandboxId }) => podSandboxId === sandbox.id);
  const current: PodView = { sandboxes: [sandbox], containers: inSandbox };
  const init = nextInitContainers(pod, current, health);
  const regular = init.isInitialized ? containersOf(pod) : [];
  return {
    createSandbox: false,
    kill: runningContainers(current).flatMap((container) => killFor(pod, container, health) ?? []),
    start: [
      ...init.start,
      ...regular.filter((container) => shouldStart(pod, runsOf(view, container.name)[0], health)),
    ],
  };
}

/** A sandbox is lost when the machine was rebooted; what is over then stays over. */
function actionsWithoutSandbox(pod: Pod, view: PodView): PodActions {
  const kill = runningContainers(view).map((container) => ({
    container,
    message: 'Pod sandbox changed, it will be killed and re-created.',
  }));
  const isFresh = view.sandboxes.length === 0;
  const isOver = !isFresh && containersOf(pod).every(({ name }) => !mayRunAgain(pod, runsOf(view, name)[0]));
  if (isOver) return { createSandbox: false, kill, start: [] };
  const first = initContainersOf(pod)[0];
  const start = first
    ? [first]
    : containersOf(pod).filter(({ name }) => mayRunAgain(pod, runsOf(view, name)[0]));
  return { createSandbox: true, kill, start };
}

interface InitProgress {
  start: Container[];
  isInitialized: boolean;
}

function nextInitContainers(pod: Pod, view: PodView, health: ContainerHealth): InitProgress {
  const hasBegun = containersOf(pod).some(({ name }) => runsOf(view, name).length > 0);
  const start: Container[] = [];
  for (const container of initContainersOf(pod)) {
    const run = runsOf(view, container.name)[0];
    if (isSidecar(container)) {
      if (run?.state !== 'running') start.push(container);
      else if (health.isStarted(run)) continue;
      if (!hasBegun) return { start, isInitialized: false };
    } else if (!hasBegun && !(run?.state === 'exited' && run.exitCode === 0)) {
      if (canStartInit(pod, run)) start.push(container);
      return { start, isInitialized: false };
    }
  }
  return { start, isInitialized: true };
}

function canStartInit(pod: Pod, run: ContainerStatus | undefined): boolean {
  if (run?.state === 'running') return false;
  return run?.state !== 'exited' || restartPolicyOf(pod) !== 'Never';
}

function shouldStart(pod: Pod, run: ContainerStatus | undefined, health: ContainerHealth): boolean {
  if (run?.state === 'running') return false;
  // One that was killed for its health runs again even if it ended well.
  if (run?.state === 'exited' && health.failure(run.id) !== undefined)
    return restartPolicyOf(pod) !== 'Never';
  return mayRunAgain(pod, run);
}

/** Whether the restart policy lets a container run after this run. */
function mayRunAgain(pod: Pod, run: ContainerStatus | undefined): boolean {
  if (run?.state !== 'exited') return true;
  const policy = restartPolicyOf(pod);
  return policy === 'Always' || (policy === 'OnFailure' && run.exitCode !== 0);
}

function killFor(pod: Pod, container: ContainerStatus, health: ContainerHealth): ContainerKill | undefined {
  const { name } = container.metadata;
  const spec = [...initContainersOf(pod), ...containersOf(pod)].find((candidate) => candidate.name === name);
  if (spec === undefined) return undefined;
  // The image is all of a container that can change in a running pod.
  if (spec.image !== undefined && spec.image !== container.image)
    return { container, message: `Container ${name} definition changed, will be restarted` };
  const failure = health.failure(container.id);
  if (failure === undefined) return undefined;
  const probe = failure === 'liveness' ? spec.livenessProbe : spec.startupProbe;
  const graceSeconds = probe?.terminationGracePeriodSeconds;
  return { container, message: `Container ${name} failed ${failure} probe, will be restarted`, graceSeconds };
}
