import { type Infer, message, one } from '../../../schema/fields.ts';
import { LocalObjectReference } from '../object-reference.ts';

export const GCEPersistentDiskVolumeSource = message(
  'io.k8s.api.core.v1.GCEPersistentDiskVolumeSource',
  'Deprecated: a disk of Google Compute Engine.',
  {
    pdName: one('string', 1, 'Name of the disk.', { required: true }),
    fsType: one('string', 2, 'File system to mount.'),
    partition: one('int32', 3, 'Partition to mount; 0 for the whole disk.'),
    readOnly: one('bool', 4, 'Mounts it read-only.'),
  },
);
export interface GCEPersistentDiskVolumeSource extends Infer<typeof GCEPersistentDiskVolumeSource> {}

export const AWSElasticBlockStoreVolumeSource = message(
  'io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSource',
  'Deprecated: a volume of Amazon EBS.',
  {
    volumeID: one('string', 1, 'ID of the volume.', { required: true }),
    fsType: one('string', 2, 'File system to mount.'),
    partition: one('int32', 3, 'Partition to mount; 0 for the whole disk.'),
    readOnly: one('bool', 4, 'Mounts it read-only.'),
  },
);
export interface AWSElasticBlockStoreVolumeSource extends Infer<typeof AWSElasticBlockStoreVolumeSource> {}

export const AzureFileVolumeSource = message(
  'io.k8s.api.core.v1.AzureFileVolumeSource',
  'Deprecated: a share of Azure Files.',
  {
    secretName: one('string', 1, 'Secret with the storage account and its key.', { required: true }),
    shareName: one('string', 2, 'Name of the share.', { required: true }),
    readOnly: one('bool', 3, 'Mounts it read-only.'),
  },
);
export interface AzureFileVolumeSource extends Infer<typeof AzureFileVolumeSource> {}

export const AzureDiskVolumeSource = message(
  'io.k8s.api.core.v1.AzureDiskVolumeSource',
  'Deprecated: a disk of Azure.',
  {
    diskName: one('string', 1, 'Name of the disk.', { required: true }),
    diskURI: one('string', 2, 'URI of the disk.', { required: true }),
    cachingMode: one('string', 3, 'How the host caches it.', {
      keepsZero: true,
      default: 'ReadWrite',
      enum: ['None', 'ReadOnly', 'ReadWrite'],
    }),
    fsType: one('string', 4, 'File system to mount.', { keepsZero: true, default: 'ext4' }),
    readOnly: one('bool', 5, 'Mounts it read-only.', { keepsZero: true, default: false }),
    kind: one('string', 6, 'Whether the disk shares a storage account, has its own, or is managed.', {
      keepsZero: true,
      default: 'Shared',
      enum: ['Shared', 'Dedicated', 'Managed'],
    }),
  },
);
export interface AzureDiskVolumeSource extends Infer<typeof AzureDiskVolumeSource> {}

export const VsphereVirtualDiskVolumeSource = message(
  'io.k8s.api.core.v1.VsphereVirtualDiskVolumeSource',
  'Deprecated: a disk of vSphere.',
  {
    volumePath: one('string', 1, 'Path of the disk.', { required: true }),
    fsType: one('string', 2, 'File system to mount.'),
    storagePolicyName: one('string', 3, 'Name of the storage policy.'),
    storagePolicyID: one('string', 4, 'ID of the storage policy.'),
  },
);
export interface VsphereVirtualDiskVolumeSource extends Infer<typeof VsphereVirtualDiskVolumeSource> {}

export const PhotonPersistentDiskVolumeSource = message(
  'io.k8s.api.core.v1.PhotonPersistentDiskVolumeSource',
  'Deprecated: a disk of a Photon controller.',
  {
    pdID: one('string', 1, 'ID of the disk.', { required: true }),
    fsType: one('string', 2, 'File system to mount.'),
  },
);
export interface PhotonPersistentDiskVolumeSource extends Infer<typeof PhotonPersistentDiskVolumeSource> {}

export const PortworxVolumeSource = message(
  'io.k8s.api.core.v1.PortworxVolumeSource',
  'Deprecated: a Portworx volume.',
  {
    volumeID: one('string', 1, 'ID of the volume.', { required: true }),
    fsType: one('string', 2, 'File system to mount.'),
    readOnly: one('bool', 3, 'Mounts it read-only.'),
  },
);
export interface PortworxVolumeSource extends Infer<typeof PortworxVolumeSource> {}

export const ScaleIOVolumeSource = message(
  'io.k8s.api.core.v1.ScaleIOVolumeSource',
  'Deprecated: a ScaleIO volume.',
  {
    gateway: one('string', 1, 'Address of the gateway.', { required: true }),
    system: one('string', 2, 'Name of the storage system.', { required: true }),
    secretRef: one(LocalObjectReference, 3, 'Secret with the credentials.', {
      required: true,
      pointer: true,
    }),
    sslEnabled: one('bool', 4, 'Whether to speak TLS to the gateway.'),
    protectionDomain: one('string', 5, 'Protection domain of the volume.'),
    storagePool: one('string', 6, 'Storage pool of the domain.'),
    storageMode: one('string', 7, 'Thick or thin provisioning.', { default: 'ThinProvisioned' }),
    volumeName: one('string', 8, 'Name of the volume.'),
    fsType: one('string', 9, 'File system to mount.', { default: 'xfs' }),
    readOnly: one('bool', 10, 'Mounts it read-only.'),
  },
);
export interface ScaleIOVolumeSource extends Infer<typeof ScaleIOVolumeSource> {}

export const StorageOSVolumeSource = message(
  'io.k8s.api.core.v1.StorageOSVolumeSource',
  'Deprecated: a StorageOS volume.',
  {
    volumeName: one('string', 1, 'Name of the volume.'),
    volumeNamespace: one('string', 2, "Namespace of the volume in StorageOS; the pod's if absent."),
    fsType: one('string', 3, 'File system to mount.'),
    readOnly: one('bool', 4, 'Mounts it read-only.'),
    secretRef: one(LocalObjectReference, 5, 'Secret with the credentials.'),
  },
);
export interface StorageOSVolumeSource extends Infer<typeof StorageOSVolumeSource> {}
