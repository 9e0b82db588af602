import type { Container, ContainerStatus, Pod, PodStatus } from '@hawser/api';
import type { ContainerStatus as Run } from '../container-runtime/container-runtime.ts';
import { containerStatus, timestamp, type WaitingReason } from './container-status.ts';
import { podConditions } from './pod-conditions.ts';
import { podPhase } from './pod-phase.ts';
import { containersOf, initContainersOf, isSidecar } from './pod-spec-queries.ts';
import { type PodView, podIpOf, readySandbox, runsOf } from './pod-view.ts';

export interface PodStatusFacts {
  pod: Pod;
  view: PodView;
  waiting: ReadonlyMap<string, WaitingReason>;
  isReady: (run: Run, container: Container) => boolean;
  isStarted: (run: Run) => boolean;
  terminationMessage: (run: Run) => string;
  runtimeName: string;
  nodeIp: string;
  /** Nothing of the pod shall run any more. */
  isOver: boolean;
  /** The kubelet would not take the pod, or not have it any longer. */
  rejection?: { reason: string; message: string };
  now: Date;
}

/** What the kubelet says of a pod. What others say (qosClass, their conditions) is kept. */
export function podStatus(facts: PodStatusFacts): PodStatus {
  const { pod, view, nodeIp, now, rejection } = facts;
  const previous = pod.status ?? {};
  const startTime = previous.startTime ?? timestamp(now);
  if (rejection && view.containers.length === 0)
    return { ...previous, phase: 'Failed', ...rejection, startTime };
  const initStatuses = initContainersOf(pod).map((container) => statusOf(facts, container, true));
  const statuses = containersOf(pod).map((container) => statusOf(facts, container, false));
  const isFinal = previous.phase === 'Succeeded' || previous.phase === 'Failed';
  const phase = rejection
    ? 'Failed'
    : isFinal
      ? (previous.phase as 'Succeeded' | 'Failed')
      : podPhase(pod, initStatuses, statuses, facts.isOver);
  const hasSandbox = readySandbox(view) !== undefined;
  // A pod that has ended keeps the address that it had.
  const podIP = hasSandbox ? podIpOf(view, nodeIp) : previous.podIP;
  return {
    ...previous,
    observedGeneration: pod.metadata.generation,
    phase,
    conditions: podConditions({
      pod,
      phase,
      initStatuses,
      statuses,
      hasSandbox,
      network: networkOf(facts),
      now,
    }),
    hostIP: nodeIp,
    hostIPs: [{ ip: nodeIp }],
    ...(podIP === undefined ? {} : { podIP, podIPs: [{ ip: podIP }] }),
    startTime,
    ...(initStatuses.length > 0 ? { initContainerStatuses: initStatuses } : {}),
    containerStatuses: statuses,
    ...rejection,
  };
}

/** Of a pod that asked for the node's network there is nothing to be said. */
function networkOf({ pod, view }: PodStatusFacts): 'pod' | 'host' | undefined {
  const sandbox = readySandbox(view);
  if (pod.spec?.hostNetwork || sandbox === undefined) return undefined;
  return sandbox.ip === undefined ? 'host' : 'pod';
}

function statusOf(facts: PodStatusFacts, container: Container, isInit: boolean): ContainerStatus {
  const { pod, view } = facts;
  const runs = runsOf(view, container.name);
  const run = runs[0];
  const isRunning = run?.state === 'running';
  const known = isInit ? pod.status?.initContainerStatuses : pod.status?.containerStatuses;
  const isStarted = isRunning && facts.isStarted(run);
  // An init container that has done its work counts as ready.
  const isDone = isInit && !isSidecar(container) && run?.state === 'exited' && run.exitCode === 0;
  return containerStatus(container, {
    runs,
    previous: known?.find(({ name }) => name === container.name),
    waiting: facts.waiting.get(container.name),
    initialReason: initContainersOf(pod).length > 0 ? 'PodInitializing' : 'ContainerCreating',
    isReady:
      isDone || (isStarted && (isInit && !isSidecar(container) ? false : facts.isReady(run, container))),
    isStarted,
    runtimeName: facts.runtimeName,
    terminationMessage: facts.terminationMessage,
  });
}
