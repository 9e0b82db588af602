import { type Container, type ContainerState, type ContainerStatus, formatTime } from '@hawser/api';
import type { ContainerStatus as Run } from '../container-runtime/container-runtime.ts';

/** Why a container does not run. */
export interface WaitingReason {
  reason: string;
  message?: string;
}

export interface ContainerFacts {
  /** Every run of the container, newest first. */
  runs: readonly Run[];
  /** What the API server has from before. */
  previous: ContainerStatus | undefined;
  /** Set while something holds back its next start. */
  waiting: WaitingReason | undefined;
  /** The reason while nothing has been tried: `ContainerCreating` or `PodInitializing`. */
  initialReason: string;
  isReady: boolean;
  isStarted: boolean;
  runtimeName: string;
  terminationMessage: (run: Run) => string;
}

/** The status of one container as the API shows it (upstream's `convertToAPIContainerStatuses`). */
export function containerStatus(container: Container, facts: ContainerFacts): ContainerStatus {
  const { runs, previous, runtimeName } = facts;
  const run = runs[0];
  return {
    name: container.name,
    ...statesOf(facts),
    ready: facts.isReady,
    restartCount: run?.metadata.attempt ?? previous?.restartCount ?? 0,
    image: container.image ?? '',
    imageID: '',
    ...(run ? { containerID: `${runtimeName}://${run.id}` } : {}),
    started: facts.isStarted,
  };
}

function statesOf(facts: ContainerFacts): { state: ContainerState; lastState: ContainerState } {
  const { runs, previous, waiting, initialReason } = facts;
  const [run, before] = runs;
  if (run === undefined) {
    if (waiting === undefined && previous?.state?.terminated)
      return { state: previous.state, lastState: previous.lastState ?? {} };
    return { state: { waiting: waiting ?? { reason: initialReason } }, lastState: previous?.lastState ?? {} };
  }
  const ended = before?.state === 'exited' ? { terminated: terminated(before, facts) } : {};
  if (run.state === 'running')
    return { state: { running: { startedAt: timestamp(run.startedAt) } }, lastState: ended };
  if (run.state === 'exited' && waiting === undefined)
    return { state: { terminated: terminated(run, facts) }, lastState: ended };
  if (run.state === 'exited')
    return { state: { waiting }, lastState: { terminated: terminated(run, facts) } };
  return { state: { waiting: waiting ?? { reason: initialReason } }, lastState: ended };
}

function terminated(
  run: Run,
  { runtimeName, terminationMessage }: ContainerFacts,
): NonNullable<ContainerState['terminated']> {
  const message = run.message || terminationMessage(run);
  return {
    exitCode: run.exitCode ?? 0,
    ...(run.signal === undefined ? {} : { signal: run.signal }),
    reason: run.reason,
    ...(message ? { message } : {}),
    startedAt: timestamp(run.startedAt),
    finishedAt: timestamp(run.finishedAt),
    containerID: `${runtimeName}://${run.id}`,
  };
}

/** RFC 3339 with seconds, as `metav1.Time`. */
export function timestamp(date: Date | undefined): string | undefined {
  return date && formatTime(date);
}
