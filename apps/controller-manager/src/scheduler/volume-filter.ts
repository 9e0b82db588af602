import type { Node, PersistentVolume } from '@hawser/api';
import { findVolume } from '../volumes/find-volume.ts';
import { isReachable } from '../volumes/is-reachable.ts';
import type { VolumeNeeds } from './volume-needs.ts';

/** Why a node will not do for what a pod's claims ask of it; nothing when it will. */
export function volumeRejections(
  { bound, delayed }: VolumeNeeds,
  node: Node,
  volumes: readonly PersistentVolume[],
): readonly string[] {
  if (!bound.every((volume) => isReachable(volume, node)))
    return ["node(s) didn't match PersistentVolume's node affinity"];
  // Each claim takes what it finds away from the next one.
  let left = volumes.filter((volume) => isReachable(volume, node));
  for (const { claim, isProvisioned } of delayed) {
    const found = findVolume(claim, left);
    if (found === undefined && !isProvisioned)
      return ["node(s) didn't find available persistent volumes to bind"];
    left = left.filter((volume) => volume !== found);
  }
  return [];
}
