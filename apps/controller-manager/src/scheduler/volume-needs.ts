import {
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  type StorageClass,
  storageClassOf,
} from '@hawser/api';
import { wasBound } from '../volumes/bound-states.ts';
import { claimsOfPod } from '../volumes/claims-of-pod.ts';

/** What is read from caches. */
export interface VolumeCaches {
  readonly claims: { get(key: string): PersistentVolumeClaim | undefined };
  readonly volumes: { get(name: string): PersistentVolume | undefined; list(): PersistentVolume[] };
  readonly classes: { get(name: string): StorageClass | undefined };
}

/** What a pod's claims ask of its node. */
export interface VolumeNeeds {
  /** Bound already: the node must reach them. */
  readonly bound: readonly PersistentVolume[];
  /** To be bound once the node is chosen. */
  readonly delayed: readonly DelayedClaim[];
}

export interface DelayedClaim {
  readonly claim: PersistentVolumeClaim;
  /** Somebody outside makes volumes for it, wherever the node is. */
  readonly isProvisioned: boolean;
}

export const NO_VOLUMES: VolumeNeeds = { bound: [], delayed: [] };

const IN_TREE = 'kubernetes.io/';

/**
 * Looks at the claims of a pod (pkg/scheduler/framework/plugins/volumebinding).
 * @returns what they ask of the node, or, in upstream's words, why no node will do.
 */
export function volumeNeeds(
  pod: Pod,
  caches: VolumeCaches,
): VolumeNeeds | { readonly unschedulable: string } {
  const bound: PersistentVolume[] = [];
  const delayed: DelayedClaim[] = [];
  for (const name of claimsOfPod(pod)) {
    const claim = caches.claims.get(`${pod.metadata.namespace}/${name}`);
    if (claim === undefined) return { unschedulable: `persistentvolumeclaim "${name}" not found` };
    if (claim.metadata.deletionTimestamp !== undefined)
      return { unschedulable: `persistentvolumeclaim "${name}" is being deleted` };
    const volume = caches.volumes.get(claim.spec?.volumeName ?? '');
    if (claim.status?.phase === 'Lost')
      return {
        unschedulable: `persistentvolumeclaim "${name}" bound to non-existent persistentvolume "${claim.spec?.volumeName ?? ''}"`,
      };
    const storageClass = caches.classes.get(storageClassOf(claim));
    if (wasBound(claim) && volume !== undefined) bound.push(volume);
    else if (storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && !claim.spec?.volumeName)
      delayed.push({ claim, isProvisioned: !storageClass.provisioner.startsWith(IN_TREE) });
    else return { unschedulable: 'pod has unbound immediate PersistentVolumeClaims' };
  }
  return { bound, delayed };
}
