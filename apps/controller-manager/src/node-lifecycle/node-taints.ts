import type { Node, Taint } from '@hawser/api';
import { conditionOf, readyStatus, timestamp } from './node-condition.ts';

export const NOT_READY = 'node.kubernetes.io/not-ready';
export const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/** Conditions whose being True keeps new pods away. */
const PRESSURE_TAINTS: Readonly<Record<string, string>> = {
  MemoryPressure: 'node.kubernetes.io/memory-pressure',
  DiskPressure: 'node.kubernetes.io/disk-pressure',
  PIDPressure: 'node.kubernetes.io/pid-pressure',
  NetworkUnavailable: 'node.kubernetes.io/network-unavailable',
};

const MANAGED_NO_SCHEDULE = new Set([
  NOT_READY,
  UNREACHABLE,
  UNSCHEDULABLE,
  ...Object.values(PRESSURE_TAINTS),
]);
const MANAGED_NO_EXECUTE = new Set([NOT_READY, UNREACHABLE]);

/** The taint key for a node that is not ready; undefined for a ready one. */
function readinessTaint(node: Node): string | undefined {
  // A node that never spoke is not ready yet, rather than lost.
  if (!conditionOf(node, 'Ready')) return NOT_READY;
  const status = readyStatus(node);
  return status === 'True' ? undefined : status === 'False' ? NOT_READY : UNREACHABLE;
}

/** The NoSchedule taints that a node's conditions and its `spec.unschedulable` ask for. */
export function wantedNoSchedule(node: Node): string[] {
  const readiness = readinessTaint(node);
  const pressures = Object.entries(PRESSURE_TAINTS)
    .filter(([type]) => conditionOf(node, type)?.status === 'True')
    .map(([, key]) => key);
  return [
    ...(readiness ? [readiness] : []),
    ...pressures,
    ...(node.spec?.unschedulable ? [UNSCHEDULABLE] : []),
  ];
}

/** The NoExecute taint for a node that is not ready; none for a ready one. */
export function wantedNoExecute(node: Node): string[] {
  const readiness = readinessTaint(node);
  return readiness ? [readiness] : [];
}

/**
 * The node's taints with those of one effect that this controller keeps brought in line with `wanted`; undefined when
 * they are already. Others' taints are left as they are.
 */
export function reconcileTaints(
  node: Node,
  effect: 'NoSchedule' | 'NoExecute',
  wanted: readonly string[],
  now: Date,
): Taint[] | undefined {
  const managed = effect === 'NoSchedule' ? MANAGED_NO_SCHEDULE : MANAGED_NO_EXECUTE;
  const current = node.spec?.taints ?? [];
  const isStale = (taint: Taint) =>
    taint.effect === effect && managed.has(taint.key) && !wanted.includes(taint.key);
  const kept = current.filter((taint) => !isStale(taint));
  const missing = wanted.filter((key) => !kept.some((taint) => taint.key === key && taint.effect === effect));
  if (missing.length === 0 && kept.length === current.length) return undefined;
  return [...kept, ...missing.map((key): Taint => ({ key, effect, timeAdded: timestamp(now) }))];
}
