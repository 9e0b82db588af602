import type { PersistentVolumeClaim, Pod } from '@hawser/api';

/** The names of the claims that a pod's volumes lead to, those made for the pod included. */
export function claimsOfPod({ metadata, spec }: Pod): string[] {
  return (spec.volumes ?? []).flatMap((volume) => {
    if (volume.persistentVolumeClaim !== undefined) return [volume.persistentVolumeClaim.claimName];
    return volume.ephemeral === undefined ? [] : [`${metadata.name}-${volume.name}`];
  });
}

/**
 * Whether a pod holds a claim (pkg/controller/volume/pvcprotection). A pod without a node does not: no kubelet
 * starts a pod whose claim is being deleted. One that has ended does, until it is gone, but for the claims that
 * were made for it.
 */
export function holdsClaim(pod: Pod, { metadata }: PersistentVolumeClaim): boolean {
  if (!pod.spec.nodeName || pod.metadata.namespace !== metadata.namespace) return false;
  return (pod.spec.volumes ?? []).some((volume) => {
    if (volume.persistentVolumeClaim?.claimName === metadata.name) return true;
    if (volume.ephemeral === undefined || `${pod.metadata.name}-${volume.name}` !== metadata.name)
      return false;
    const isForPod = metadata.ownerReferences?.some(({ uid }) => uid === pod.metadata.uid) ?? false;
    return isForPod && !isShutDown(pod);
  });
}

/** The kubelet is done with it, or it was deleted by force. */
function isShutDown({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
}
