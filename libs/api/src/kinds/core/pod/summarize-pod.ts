import type { Pod } from '../pod.ts';
import type { ContainerStateTerminated, ContainerStatus } from './container-status.ts';

/** What one line can tell of a pod. */
export interface PodSummary {
  /** The word under STATUS. */
  readonly status: string;
  readonly ready: number;
  readonly total: number;
  readonly restarts: number;
  /** When a container last ended and was started again. */
  readonly lastRestart: string | undefined;
}

/** Counts of some containers, and the word that they make of the pod; none when they leave it as it is. */
interface Findings {
  word?: string;
  ready: number;
  restarts: number;
  lastRestart: string | undefined;
}

/**
 * Sums up a pod as `kubectl get pods` does. The phase, or the status's reason, gives way to what its init
 * containers are at; once they are done, to what its containers are at; and a deletion to all of that
 * (pkg/printers `printPod`).
 */
export function summarizePod(pod: Pod): PodSummary {
  const sidecars = sidecarNames(pod);
  const init = ofInitContainers(pod, sidecars);
  const total = pod.spec.containers.length + sidecars.size;
  const before = init.word ?? phaseOrReason(pod);
  if (init.word !== undefined && !hasCondition(pod, 'Initialized')) {
    return { status: deletionOr(before, pod), ready: init.ready, total, ...restartsOf([init]) };
  }
  const main = ofContainers(pod);
  return {
    status: deletionOr(runningOr(main.word ?? before, main.running, pod), pod),
    ready: init.ready + main.ready,
    total,
    ...restartsOf([init.sidecars, main]),
  };
}

function phaseOrReason({ status }: Pod): string {
  const gated = status?.conditions?.some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  );
  return gated ? 'SchedulingGated' : status?.reason || (status?.phase ?? '');
}

/** Init containers that keep running beside the others. */
function sidecarNames({ spec: { initContainers = [] } }: Pod): ReadonlySet<string> {
  return new Set(initContainers.filter((one) => one.restartPolicy === 'Always').map((one) => one.name));
}

/** Looks at init containers up to the first that is not done; `sidecars` counts the restarts of those alone. */
function ofInitContainers(pod: Pod, sidecars: ReadonlySet<string>): Findings & { sidecars: Findings } {
  const of: Findings = { ready: 0, restarts: 0, lastRestart: undefined };
  const ofSidecars: Findings = { ready: 0, restarts: 0, lastRestart: undefined };
  for (const [i, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const isSidecar = sidecars.has(status.name);
    countRestarts(of, status);
    if (isSidecar) countRestarts(ofSidecars, status);
    if (status.state?.terminated?.exitCode === 0) continue;
    if (isSidecar && status.started) {
      if (status.ready) of.ready += 1;
      continue;
    }
    of.word = `Init:${initWord(status) ?? `${i}/${pod.spec.initContainers?.length ?? 0}`}`;
    break;
  }
  return { ...of, sidecars: ofSidecars };
}

function initWord({ state }: ContainerStatus): string | undefined {
  if (state?.terminated !== undefined) return endWord(state.terminated);
  const waiting = state?.waiting?.reason;
  return waiting === '' || waiting === 'PodInitializing' ? undefined : waiting;
}

/** The first container with something to tell gives the word. */
function ofContainers(pod: Pod): Findings & { running: boolean } {
  const of = { ready: 0, restarts: 0, lastRestart: undefined, running: false } as Findings & {
    running: boolean;
  };
  for (const status of pod.status?.containerStatuses ?? []) {
    countRestarts(of, status);
    const word = mainWord(status);
    if (word !== undefined) of.word ??= word;
    else if (status.ready && status.state?.running !== undefined) {
      of.ready += 1;
      of.running = true;
    }
  }
  return of;
}

function mainWord({ state }: ContainerStatus): string | undefined {
  if (state?.waiting?.reason) return state.waiting.reason;
  return state?.terminated && endWord(state.terminated);
}

function endWord({ reason, signal, exitCode }: ContainerStateTerminated): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

/** A pod of which one container is done and another runs still is Running. */
function runningOr(word: string, running: boolean, pod: Pod): string {
  if (word !== 'Completed' || !running) return word;
  return hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
}

function deletionOr(word: string, { metadata, status }: Pod): string {
  if (metadata.deletionTimestamp === undefined) return word;
  if (status?.reason === 'NodeLost') return 'Unknown';
  return status?.phase === 'Failed' || status?.phase === 'Succeeded' ? word : 'Terminating';
}

function hasCondition({ status }: Pod, type: string): boolean {
  return status?.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
}

function countRestarts(into: Findings, status: ContainerStatus): void {
  into.restarts += status.restartCount ?? 0;
  into.lastRestart = later(into.lastRestart, status.lastState?.terminated?.finishedAt);
}

function restartsOf(all: readonly Findings[]): Pick<PodSummary, 'restarts' | 'lastRestart'> {
  return {
    restarts: all.reduce((sum, { restarts }) => sum + restarts, 0),
    lastRestart: all.reduce<string | undefined>((last, one) => later(last, one.lastRestart), undefined),
  };
}

/** Timestamps of one format compare as text. */
function later(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? b : a;
}
