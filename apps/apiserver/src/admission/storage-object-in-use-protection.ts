import { type Kind, persistentVolumeClaims, persistentVolumes } from '@hawser/api';
import type { AdmissionPlugin } from '@hawser/registry';

const FINALIZERS = new Map<Kind, string>([
  [persistentVolumes, 'kubernetes.io/pv-protection'],
  [persistentVolumeClaims, 'kubernetes.io/pvc-protection'],
]);

/**
 * A volume that is bound and a claim that a pod uses stay until they no longer are: two loops of the controller
 * manager take the finalizer away then (kubernetes/plugin/pkg/admission/storage/storageobjectinuseprotection).
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
