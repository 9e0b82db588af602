import type { PersistentVolume } from '@hawser/api';

interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

type Reference = { readonly name?: string; readonly namespace?: string } | undefined;

/**
 * The Secrets that a node needs to mount a volume (kubernetes/pkg/api/v1/persistentvolume/util.go, those that
 * are visible to kubelets): not the ones for attaching and for growing it in its back end. Without a namespace
 * they are of the claim's.
 */
export function volumeSecrets({ spec = {} }: PersistentVolume): readonly SecretName[] {
  const { azureFile, cephfs, cinder, csi, flexVolume, iscsi, rbd, scaleIO, storageos } = spec;
  const references: readonly Reference[] = [
    azureFile && { name: azureFile.secretName, namespace: azureFile.secretNamespace ?? '' },
    cephfs?.secretRef,
    cinder?.secretRef,
    csi?.nodeStageSecretRef,
    csi?.nodePublishSecretRef,
    csi?.nodeExpandSecretRef,
    flexVolume?.secretRef,
    iscsi?.secretRef,
    rbd?.secretRef,
    scaleIO?.secretRef,
    storageos?.secretRef,
  ];
  const own = spec.claimRef?.namespace ?? '';
  return references.flatMap((reference) =>
    reference?.name ? [{ name: reference.name, namespace: reference.namespace || own }] : [],
  );
}
