import type { Lease, Node, NodeCondition } from '@hawser/api';
import { conditionOf, timestamp } from './node-condition.ts';

/** The last sign of life of a node, and when this process noticed it: clocks of nodes are not trusted. */
export interface Heartbeat {
  readonly sign: string;
  readonly seenAtMs: number;
}

/** Notes a sign of life if there is a new one: a renewed Lease, or a status posted anew. */
export function observeHeartbeat(
  last: Heartbeat | undefined,
  node: Node,
  lease: Lease | undefined,
  nowMs: number,
): Heartbeat {
  const sign = `${conditionOf(node, 'Ready')?.lastHeartbeatTime ?? ''} ${lease?.spec?.renewTime ?? ''}`;
  return last && last.sign === sign ? last : { sign, seenAtMs: nowMs };
}

export interface GracePeriods {
  /** --node-monitor-grace-period. */
  readonly monitorMs: number;
  /** --node-startup-grace-period: for nodes that have never posted a status. */
  readonly startupMs: number;
}

/**
 * Whether a node has given no sign of life for too long.
 * @param listeningSinceMs since when signs would have been noticed: a time in which none could be is no silence.
 */
export function isSilent(
  node: Node,
  heartbeat: Heartbeat,
  grace: GracePeriods,
  nowMs: number,
  listeningSinceMs: number,
): boolean {
  const hasPosted = conditionOf(node, 'Ready') !== undefined;
  const quietMs = nowMs - Math.max(heartbeat.seenAtMs, listeningSinceMs);
  return quietMs > (hasPosted ? grace.monitorMs : grace.startupMs);
}

/**
 * Since when signs of life have been noticed without a break. While the server is away nodes cannot reach it either,
 * and while this process stood still nobody listened: were that taken for silence, all nodes would be given up at once.
 */
export class Listening {
  #sinceMs = Number.NEGATIVE_INFINITY;
  #lastRoundMs = Number.NEGATIVE_INFINITY;

  /** @param maxPauseMs a longer time between two rounds is a break. */
  constructor(private readonly maxPauseMs: number) {}

  /**
   * Told when a round begins.
   * @param heardSinceMs since when the caches hear of changes.
   */
  begin(nowMs: number, heardSinceMs: number): number {
    if (nowMs - this.#lastRoundMs > this.maxPauseMs) this.#sinceMs = nowMs;
    return Math.max(this.#sinceMs, heardSinceMs);
  }

  /** Told when it is over: with many nodes to attend to it may itself take long. */
  end(nowMs: number): void {
    this.#lastRoundMs = nowMs;
  }
}

/** The conditions that only the kubelet can know. */
const KUBELET_CONDITIONS = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/**
 * The conditions of a silent node: what its kubelet last said is no longer known. Undefined when they say so already.
 * Reasons and messages are upstream's (`pkg/controller/nodelifecycle`).
 */
export function silentConditions(node: Node, now: Date): NodeCondition[] | undefined {
  const current = node.status?.conditions ?? [];
  const lastTransitionTime = timestamp(now);
  const changed = KUBELET_CONDITIONS.flatMap((type): NodeCondition[] => {
    const condition = conditionOf(node, type);
    if (condition?.status === 'Unknown') return [];
    if (condition) return [{ ...condition, ...STOPPED, lastTransitionTime }];
    return [
      { type, ...NEVER_POSTED, lastHeartbeatTime: node.metadata.creationTimestamp, lastTransitionTime },
    ];
  });
  if (changed.length === 0) return undefined;
  const replaced = current.map(
    (condition) => changed.find(({ type }) => type === condition.type) ?? condition,
  );
  return [...replaced, ...changed.filter(({ type }) => !conditionOf(node, type))];
}

const STOPPED = {
  status: 'Unknown',
  reason: 'NodeStatusUnknown',
  message: 'Kubelet stopped posting node status.',
};

const NEVER_POSTED = {
  status: 'Unknown',
  reason: 'NodeStatusNeverUpdated',
  message: 'Kubelet never posted node status.',
};
