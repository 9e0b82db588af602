import type { Deployment, ReplicaSet } from '@hawser/api';
import { desiredReplicas, maxReplicas } from './annotations.ts';
import type { Resize } from './plan-rollout.ts';
import { availableOf, byAge, sizeOf, sum } from './replica-set-selection.ts';
import type { RolloutLimits } from './rollout-limits.ts';

/** Whether the Deployment was given another size since its ReplicaSets were last resized. */
export function isScalingEvent({ desired }: RolloutLimits, sets: readonly ReplicaSet[]): boolean {
  return sets
    .filter((set) => sizeOf(set) > 0)
    .some((set) => {
      const last = desiredReplicas(set);
      return last !== undefined && last !== desired;
    });
}

/**
 * How ReplicaSets take part in a new size (pkg/controller/deployment/sync.go `scale`): one alone takes it all; when the
 * new one has it all, the old ones go; in the middle of a rolling update each takes its share.
 */
export function planScale(
  deployment: Deployment,
  limits: RolloutLimits,
  fresh: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): Resize[] {
  const { desired } = limits;
  const sets = [...(fresh ? [fresh] : []), ...old];
  const active = sets.filter((set) => sizeOf(set) > 0);
  if (active.length <= 1) {
    const only = active[0] ?? fresh ?? old.toSorted(byAge).at(-1);
    return only === undefined || sizeOf(only) === desired ? [] : [{ set: only, replicas: desired }];
  }
  if (fresh !== undefined && isSaturated(fresh, desired))
    return old.filter((set) => sizeOf(set) > 0).map((set) => ({ set, replicas: 0 }));
  if (deployment.spec.strategy?.type !== 'RollingUpdate') return [];
  return proportional(deployment, limits, active);
}

function isSaturated(set: ReplicaSet, desired: number): boolean {
  return sizeOf(set) === desired && desiredReplicas(set) === desired && availableOf(set) === desired;
}

/** The larger sets first, so that what rounding leaves over goes to the largest: the newer when it grows. */
function proportional(
  deployment: Deployment,
  limits: RolloutLimits,
  active: readonly ReplicaSet[],
): Resize[] {
  const allowed = limits.desired > 0 ? limits.desired + limits.maxSurge : 0;
  const toAdd = allowed - sum(active.map(sizeOf));
  const bySize = active.toSorted((a, b) => sizeOf(b) - sizeOf(a) || (toAdd > 0 ? byAge(b, a) : byAge(a, b)));
  let added = 0;
  const sizes = bySize.map((set) => {
    const share = toAdd === 0 ? 0 : shareOf(set, deployment, limits, toAdd - added);
    added += share;
    return sizeOf(set) + share;
  });
  if (sizes.length > 0) sizes[0] = Math.max(0, sizes[0]! + toAdd - added);
  return bySize.map((set, i) => ({ set, replicas: sizes[i]! }));
}

function shareOf(
  set: ReplicaSet,
  { status }: Deployment,
  { desired, maxSurge }: RolloutLimits,
  left: number,
): number {
  if (left === 0) return 0;
  if (desired === 0) return -sizeOf(set);
  const before = maxReplicas(set) || status?.replicas || 1;
  const share = Math.round((sizeOf(set) * (desired + maxSurge)) / before) - sizeOf(set);
  return left > 0 ? Math.min(share, left) : Math.max(share, left);
}
