import { matchesLabels, type Selector } from '@hawser/api';
import type { Named } from '@hawser/client';
import { controllerOf } from './controller-ref.ts';

/** What becomes of objects that an owner could manage. */
export interface Claims<T> {
  /** Managed already, and rightly. */
  readonly owned: readonly T[];
  /** Nobody's, and selected: to be adopted. */
  readonly adopt: readonly T[];
  /** Managed, but no longer selected: to be let go. */
  readonly release: readonly T[];
}

/**
 * Decides what an owner manages of the objects of its namespace (pkg/controller `BaseControllerRefManager`). An owner
 * that is being deleted neither adopts nor lets go; an object that is being deleted is not adopted.
 */
export function decideClaims<T extends Named>(
  owner: Named,
  selector: Selector,
  candidates: readonly T[],
  mayAdopt: (candidate: T) => boolean = () => true,
): Claims<T> {
  const isLeaving = owner.metadata.deletionTimestamp !== undefined;
  const claims = { owned: [] as T[], adopt: [] as T[], release: [] as T[] };
  for (const candidate of candidates) {
    const { labels, deletionTimestamp } = candidate.metadata;
    const controller = controllerOf(candidate);
    const matches = matchesLabels(selector, labels);
    if (controller === undefined) {
      const fit = matches && deletionTimestamp === undefined && mayAdopt(candidate);
      if (fit && !isLeaving) claims.adopt.push(candidate);
    } else if (controller.uid === owner.metadata.uid) {
      if (matches) claims.owned.push(candidate);
      else if (!isLeaving) claims.release.push(candidate);
    }
  }
  return claims;
}
