import { type Infer, map, message, one } from '../../../schema/fields.ts';
import { ObjectReference, SecretReference } from '../object-reference.ts';

/** Sources of persistent volumes that drivers, local disks and older systems serve. */

export const LocalVolumeSource = message(
  'io.k8s.api.core.v1.LocalVolumeSource',
  'A disk of one node, which the node affinity of the volume tells.',
  {
    path: one('string', 1, 'Path of the directory or block device.', { required: true }),
    fsType: one('string', 2, 'File system to mount, where the path is a block device.', { keepsZero: true }),
  },
);
export interface LocalVolumeSource extends Infer<typeof LocalVolumeSource> {}

export const CSIPersistentVolumeSource = message(
  'io.k8s.api.core.v1.CSIPersistentVolumeSource',
  'A volume of a CSI driver.',
  {
    driver: one('string', 1, 'Name of the driver.', { required: true }),
    volumeHandle: one('string', 2, 'How the driver calls the volume; cannot be changed.', { required: true }),
    readOnly: one('bool', 3, 'Mounts it read-only.'),
    fsType: one('string', 4, 'File system to mount.'),
    volumeAttributes: map('string', 5, 'What the driver needs to know of the volume.'),
    controllerPublishSecretRef: one(SecretReference, 6, 'Secret for attaching and detaching.'),
    nodeStageSecretRef: one(SecretReference, 7, 'Secret for staging on the node.'),
    nodePublishSecretRef: one(SecretReference, 8, 'Secret for mounting into the pod.'),
    controllerExpandSecretRef: one(SecretReference, 9, 'Secret for growing it in the back end.'),
    nodeExpandSecretRef: one(SecretReference, 10, 'Secret for growing it on the node.'),
  },
);
export interface CSIPersistentVolumeSource extends Infer<typeof CSIPersistentVolumeSource> {}

export const FlexPersistentVolumeSource = message(
  'io.k8s.api.core.v1.FlexPersistentVolumeSource',
  'Deprecated: a volume of an exec-based plugin.',
  {
    driver: one('string', 1, 'Name of the driver.', { required: true }),
    fsType: one('string', 2, 'File system to mount.'),
    secretRef: one(SecretReference, 3, 'Secret handed to the driver.'),
    readOnly: one('bool', 4, 'Mounts it read-only.'),
    options: map('string', 5, 'Options for the driver.'),
  },
);
export interface FlexPersistentVolumeSource extends Infer<typeof FlexPersistentVolumeSource> {}

export const ScaleIOPersistentVolumeSource = message(
  'io.k8s.api.core.v1.ScaleIOPersistentVolumeSource',
  'Deprecated: a ScaleIO volume.',
  {
    gateway: one('string', 1, 'Address of the gateway.', { required: true }),
    system: one('string', 2, 'Name of the storage system.', { required: true }),
    secretRef: one(SecretReference, 3, 'Secret with the credentials.', { required: true, pointer: true }),
    sslEnabled: one('bool', 4, 'Whether to speak TLS to the gateway.'),
    protectionDomain: one('string', 5, 'Protection domain of the volume.'),
    storagePool: one('string', 6, 'Storage pool of the domain.'),
    storageMode: one('string', 7, 'Thick or thin provisioning.', { default: 'ThinProvisioned' }),
    volumeName: one('string', 8, 'Name of the volume.'),
    fsType: one('string', 9, 'File system to mount.', { default: 'xfs' }),
    readOnly: one('bool', 10, 'Mounts it read-only.'),
  },
);
export interface ScaleIOPersistentVolumeSource extends Infer<typeof ScaleIOPersistentVolumeSource> {}

export const StorageOSPersistentVolumeSource = message(
  'io.k8s.api.core.v1.StorageOSPersistentVolumeSource',
  'Deprecated: a StorageOS volume.',
  {
    volumeName: one('string', 1, 'Name of the volume.'),
    volumeNamespace: one('string', 2, "Namespace of the volume in StorageOS; the pod's if absent."),
    fsType: one('string', 3, 'File system to mount.'),
    readOnly: one('bool', 4, 'Mounts it read-only.'),
    secretRef: one(ObjectReference, 5, 'Secret with the credentials.'),
  },
);
export interface StorageOSPersistentVolumeSource extends Infer<typeof StorageOSPersistentVolumeSource> {}
