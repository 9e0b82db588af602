import { formatTime, type NodeCondition } from '@hawser/api';
import { isShortOfDisk, isShortOfMemory, type NodeResources } from './node-resources.ts';

type Verdict = Pick<NodeCondition, 'type' | 'status' | 'reason' | 'message'>;

/** What is wrong with the node; nothing, when it is ready. */
export type NodeProblems = readonly string[];

/**
 * The Node's conditions in upstream's words, each with the time of its last change carried over from `previous`.
 * Conditions that others own are kept as they are.
 * @param network for a node whose kubelet makes the network of pods.
 */
export function nodeConditions(
  resources: NodeResources,
  problems: NodeProblems,
  previous: readonly NodeCondition[],
  now: Date,
  network?: Verdict,
): NodeCondition[] {
  const verdicts = [
    ...(network === undefined ? [] : [network]),
    pressure('MemoryPressure', isShortOfMemory(resources), 'Memory', 'memory'),
    diskPressure(isShortOfDisk(resources)),
    pressure('PIDPressure', false, 'PID', 'PID'),
    readiness(problems),
  ];
  const owned = new Set(verdicts.map(({ type }) => type));
  const foreign = previous.filter(({ type }) => !owned.has(type));
  return [...foreign, ...verdicts.map((verdict) => withTimes(verdict, previous, now))];
}

/** Whether pods are reached, for a node that gives them addresses of their own (upstream's route controller). */
export function routeVerdict(problem: string | undefined): Verdict {
  const type = 'NetworkUnavailable';
  return problem === undefined
    ? { type, status: 'False', reason: 'RouteCreated', message: 'the kubelet made the routes of its pods' }
    : { type, status: 'True', reason: 'NoRouteCreated', message: problem };
}

function pressure(type: string, short: boolean, what: string, noun: string): Verdict {
  return short
    ? {
        type,
        status: 'True',
        reason: `KubeletHasInsufficient${what}`,
        message: `kubelet has insufficient ${noun} available`,
      }
    : {
        type,
        status: 'False',
        reason: `KubeletHasSufficient${what}`,
        message: `kubelet has sufficient ${noun} available`,
      };
}

function diskPressure(short: boolean): Verdict {
  const type = 'DiskPressure';
  return short
    ? { type, status: 'True', reason: 'KubeletHasDiskPressure', message: 'kubelet has disk pressure' }
    : { type, status: 'False', reason: 'KubeletHasNoDiskPressure', message: 'kubelet has no disk pressure' };
}

function readiness(problems: NodeProblems): Verdict {
  return problems.length === 0
    ? { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }
    : { type: 'Ready', status: 'False', reason: 'KubeletNotReady', message: problems.join('; ') };
}

function withTimes(verdict: Verdict, previous: readonly NodeCondition[], now: Date): NodeCondition {
  const before = previous.find(({ type }) => type === verdict.type);
  const timestamp = formatTime(now);
  const unchanged = before?.status === verdict.status;
  return {
    ...verdict,
    lastHeartbeatTime: timestamp,
    lastTransitionTime: unchanged ? (before.lastTransitionTime ?? timestamp) : timestamp,
  };
}
