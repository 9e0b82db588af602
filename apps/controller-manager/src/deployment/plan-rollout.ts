import type { ReplicaSet } from '@hawser/api';
import { availableOf, byAge, sizeOf, sum } from './replica-set-selection.ts';
import type { RolloutLimits } from './rollout-limits.ts';

/** A ReplicaSet that is to have another size. */
export interface Resize {
  readonly set: ReplicaSet;
  readonly replicas: number;
}

/**
 * The next step of a rolling update (pkg/controller/deployment/rolling.go): the new ReplicaSet grows as far as the
 * surge allows; else the old ones shrink as far as enough pods stay available, those that are not available first.
 * @returns what to resize; nothing while it waits, or when it has come to its end.
 */
export function planRollingUpdate(
  limits: RolloutLimits,
  fresh: ReplicaSet,
  old: readonly ReplicaSet[],
): Resize[] {
  const size = newSize(limits, fresh, old);
  if (size !== sizeOf(fresh)) return [{ set: fresh, replicas: size }];
  return shrinkOld(limits, fresh, old.toSorted(byAge));
}

function newSize(
  { desired, maxSurge }: RolloutLimits,
  fresh: ReplicaSet,
  old: readonly ReplicaSet[],
): number {
  const size = sizeOf(fresh);
  if (size >= desired) return desired;
  const room = desired + maxSurge - sum([fresh, ...old].map(sizeOf));
  return room <= 0 ? size : size + Math.min(room, desired - size);
}

function shrinkOld(
  { desired, maxUnavailable }: RolloutLimits,
  fresh: ReplicaSet,
  old: readonly ReplicaSet[],
): Resize[] {
  if (sum(old.map(sizeOf)) === 0) return [];
  const minAvailable = desired - maxUnavailable;
  const unavailable = sizeOf(fresh) - availableOf(fresh);
  const most = sum([fresh, ...old].map(sizeOf)) - minAvailable - unavailable;
  if (most <= 0) return [];
  const sizes = new Map(old.map((set) => [set, sizeOf(set)]));
  take(sizes, most, (set) => sizeOf(set) - availableOf(set));
  const spare = sum([fresh, ...old].map(availableOf)) - minAvailable;
  take(sizes, spare, (set) => sizes.get(set) ?? 0);
  return [...sizes].flatMap(([set, replicas]) => (replicas === sizeOf(set) ? [] : [{ set, replicas }]));
}

/** Takes so many pods away in all, from each set as many as may be. */
function take(sizes: Map<ReplicaSet, number>, most: number, mayTake: (set: ReplicaSet) => number): void {
  let left = most;
  for (const [set, size] of sizes) {
    const taken = Math.max(0, Math.min(left, size, mayTake(set)));
    sizes.set(set, size - taken);
    left -= taken;
  }
}
