import {
  newestDefaultClass,
  type PersistentVolumeClaim,
  persistentVolumeClaims,
  type StorageClass,
} from '@hawser/api';
import type { Lister } from '@hawser/authn';
import type { AdmissionPlugin } from '@hawser/registry';

const BETA_CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/**
 * A claim that names no class gets the default one, if there is one; one that names the empty class wants none
 * (kubernetes/plugin/pkg/admission/storage/storageclass/setdefault).
 */
export function defaultStorageClass(classes: Lister<StorageClass>): AdmissionPlugin {
  return {
    name: 'DefaultStorageClass',
    admit({ kind, operation, subresource, object }) {
      if (kind !== persistentVolumeClaims || operation !== 'CREATE' || subresource !== '') return;
      const claim = object as unknown as PersistentVolumeClaim;
      if (claim.metadata.annotations?.[BETA_CLASS_ANNOTATION] !== undefined) return;
      if (claim.spec === undefined || claim.spec.storageClassName !== undefined) return;
      const found = newestDefaultClass(classes.list());
      if (found !== undefined) claim.spec.storageClassName = found.metadata.name;
    },
  };
}
