import type { ObjectMeta, OwnerReference } from '@hawser/api';
import { FOREGROUND_FINALIZER, ORPHAN_FINALIZER } from './ownership-graph.ts';

/** What the server says of an owner: there, gone, or waiting for its dependents to go first. */
export type OwnerState = 'solid' | 'absent' | 'waiting';

/** What becomes of an object, given its owners. */
export type Fate =
  | { readonly action: 'keep' }
  | { readonly action: 'release'; readonly ownerUids: readonly string[] }
  | { readonly action: 'delete'; readonly propagationPolicy: 'Foreground' | 'Background' | 'Orphan' };

/**
 * The rule of `attemptToDeleteItem`: an object with an owner that is there stays, and lets go of those that are not;
 * one whose owners are all gone, or only wait for it, is deleted.
 *
 * @param owners each reference with the state of its owner.
 * @param hasDependents whether others depend on the object.
 */
export function decideFate(
  metadata: ObjectMeta,
  owners: readonly { readonly reference: OwnerReference; readonly state: OwnerState }[],
  hasDependents: boolean,
): Fate {
  if (owners.length === 0) return { action: 'keep' };
  const lost = owners.filter(({ state }) => state !== 'solid').map(({ reference }) => reference.uid);
  if (lost.length < owners.length)
    return lost.length === 0 ? { action: 'keep' } : { action: 'release', ownerUids: lost };
  const isAwaited = owners.some(({ state }) => state === 'waiting');
  return { action: 'delete', propagationPolicy: policyOf(metadata, isAwaited && hasDependents) };
}

/** An awaited object's own dependents must be gone, too, before it counts as gone. */
function policyOf(
  { finalizers = [] }: ObjectMeta,
  mustWait: boolean,
): 'Foreground' | 'Background' | 'Orphan' {
  if (mustWait) return 'Foreground';
  if (finalizers.includes(ORPHAN_FINALIZER)) return 'Orphan';
  return finalizers.includes(FOREGROUND_FINALIZER) ? 'Foreground' : 'Background';
}
