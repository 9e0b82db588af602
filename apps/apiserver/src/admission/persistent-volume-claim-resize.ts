import {
  forbidden,
  type PersistentVolumeClaim,
  parseQuantity,
  persistentVolumeClaims,
  type StorageClass,
  storageClassOf,
} from '@hawser/api';
import type { Lister } from '@hawser/authn';
import type { AdmissionPlugin } from '@hawser/registry';

/**
 * A claim grows only when it is bound, and where its class says that volumes can
 * (kubernetes/plugin/pkg/admission/storage/persistentvolume/resize).
 */
export function persistentVolumeClaimResize(classes: Lister<StorageClass>): AdmissionPlugin {
  return {
    name: 'PersistentVolumeClaimResize',
    validate({ kind, operation, subresource, name, object, oldObject }) {
      if (kind !== persistentVolumeClaims || operation !== 'UPDATE' || subresource !== '') return;
      const claim = object as unknown as PersistentVolumeClaim;
      const old = oldObject as unknown as PersistentVolumeClaim;
      if (sizeOf(claim) <= sizeOf(old)) return;
      if (old.status?.phase !== 'Bound')
        throw forbidden(persistentVolumeClaims, name, 'only bound persistent volume claims can be expanded');
      const className = storageClassOf(claim);
      const grows =
        className === storageClassOf(old) && classes.get('', className)?.allowVolumeExpansion === true;
      if (!grows)
        throw forbidden(
          persistentVolumeClaims,
          name,
          'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
        );
    },
  };
}

function sizeOf({ spec }: PersistentVolumeClaim): bigint {
  return parseQuantity(spec?.resources?.requests?.['storage'] ?? '0').nano;
}
