import type { Deployment } from '@hawser/api';
import { scaledValue } from '../pods/int-or-percent.ts';

/** Between what numbers of pods a rollout moves. */
export interface RolloutLimits {
  readonly desired: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

/** The limits of a Deployment; a rollout that could not move may be without one pod (`ResolveFenceposts`). */
export function rolloutLimits({ spec }: Deployment): RolloutLimits {
  const desired = spec.replicas ?? 1;
  if (spec.strategy?.type !== 'RollingUpdate') return { desired, maxSurge: 0, maxUnavailable: 0 };
  const { rollingUpdate = {} } = spec.strategy;
  const maxSurge = scaledValue(rollingUpdate.maxSurge, desired, 'up');
  const unavailable = scaledValue(rollingUpdate.maxUnavailable, desired, 'down');
  const maxUnavailable = maxSurge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, desired);
  return { desired, maxSurge, maxUnavailable };
}
