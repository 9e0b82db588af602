import { type Kind, persistentVolumeClaims, persistentVolumes, volumeAttributesClasses } from '@hawser/api';
import type { AdmissionPlugin } from '@hawser/registry';

const FINALIZERS = new Map<Kind, string>([
  [persistentVolumes, 'kubernetes.io/pv-protection'],
  [persistentVolumeClaims, 'kubernetes.io/pvc-protection'],
  [volumeAttributesClasses, 'kubernetes.io/vac-protection'],
]);

/**
 * A volume that is bound, a claim that a pod uses and a class that either names stay until they no longer are:
 * loops of the controller manager take the finalizers away then (kubernetes/plugin/pkg/admission/storage/storageobjectinuseprotection).
 */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  admit({ kind, operation, subresource, object }) {
    const finalizer = FINALIZERS.get(kind);
    if (finalizer === undefined || operation !== 'CREATE' || subresource !== '') return;
    const { metadata } = object!;
    if (!metadata.finalizers?.includes(finalizer))
      metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
  },
};
