import { type Infer, list, message, one } from '../../../schema/fields.ts';
import { SecretReference } from '../object-reference.ts';

/** Sources of persistent volumes: as those of pods, but with Secrets of any namespace. */

export const ISCSIPersistentVolumeSource = message(
  'io.k8s.api.core.v1.ISCSIPersistentVolumeSource',
  'A disk of an iSCSI target.',
  {
    targetPortal: one('string', 1, 'Address of the target, with the port if it is not the usual one.', {
      required: true,
    }),
    iqn: one('string', 2, 'Qualified name of the target.', { required: true }),
    lun: one('int32', 3, 'Number of the disk at the target.', { required: true }),
    iscsiInterface: one('string', 4, 'Interface that the initiator uses.', { default: 'default' }),
    fsType: one('string', 5, 'File system to mount.'),
    readOnly: one('bool', 6, 'Mounts it read-only.'),
    portals: list('string', 7, 'Further addresses of the target.'),
    chapAuthDiscovery: one('bool', 8, 'Whether discovery authenticates by CHAP.'),
    chapAuthSession: one('bool', 11, 'Whether sessions authenticate by CHAP.'),
    secretRef: one(SecretReference, 10, 'Secret with the CHAP credentials.'),
    initiatorName: one('string', 12, "Qualified name to present, in place of the node's.", {
      keepsZero: true,
    }),
  },
);
export interface ISCSIPersistentVolumeSource extends Infer<typeof ISCSIPersistentVolumeSource> {}

export const GlusterfsPersistentVolumeSource = message(
  'io.k8s.api.core.v1.GlusterfsPersistentVolumeSource',
  'Deprecated: a Glusterfs volume.',
  {
    endpoints: one('string', 1, 'Endpoints object that lists the servers.', { required: true }),
    path: one('string', 2, 'Name of the volume.', { required: true }),
    readOnly: one('bool', 3, 'Mounts it read-only.'),
    endpointsNamespace: one('string', 4, "Namespace of the Endpoints; the claim's if absent.", {
      keepsZero: true,
    }),
  },
);
export interface GlusterfsPersistentVolumeSource extends Infer<typeof GlusterfsPersistentVolumeSource> {}

export const RBDPersistentVolumeSource = message(
  'io.k8s.api.core.v1.RBDPersistentVolumeSource',
  'Deprecated: a Ceph block device.',
  {
    monitors: list('string', 1, 'Addresses of the monitors.', { required: true }),
    image: one('string', 2, 'Name of the image.', { required: true }),
    fsType: one('string', 3, 'File system to mount.'),
    pool: one('string', 4, 'Pool that holds the image.', { default: 'rbd' }),
    user: one('string', 5, 'User to authenticate as.', { default: 'admin' }),
    keyring: one('string', 6, "Path of the user's keyring.", { default: '/etc/ceph/keyring' }),
    secretRef: one(SecretReference, 7, "Secret with the user's key, in place of the keyring."),
    readOnly: one('bool', 8, 'Mounts it read-only.'),
  },
);
export interface RBDPersistentVolumeSource extends Infer<typeof RBDPersistentVolumeSource> {}

export const CephFSPersistentVolumeSource = message(
  'io.k8s.api.core.v1.CephFSPersistentVolumeSource',
  'Deprecated: a Ceph file system.',
  {
    monitors: list('string', 1, 'Addresses of the monitors.', { required: true }),
    path: one('string', 2, 'Path within the file system; its root if absent.'),
    user: one('string', 3, 'User to authenticate as.'),
    secretFile: one('string', 4, "Path of the user's keyring."),
    secretRef: one(SecretReference, 5, "Secret with the user's key, in place of the keyring."),
    readOnly: one('bool', 6, 'Mounts it read-only.'),
  },
);
export interface CephFSPersistentVolumeSource extends Infer<typeof CephFSPersistentVolumeSource> {}

export const CinderPersistentVolumeSource = message(
  'io.k8s.api.core.v1.CinderPersistentVolumeSource',
  'Deprecated: an OpenStack Cinder volume.',
  {
    volumeID: one('string', 1, 'ID of the volume.', { required: true }),
    fsType: one('string', 2, 'File system to mount.'),
    readOnly: one('bool', 3, 'Mounts it read-only.'),
    secretRef: one(SecretReference, 4, 'Secret with OpenStack credentials.'),
  },
);
export interface CinderPersistentVolumeSource extends Infer<typeof CinderPersistentVolumeSource> {}

export const AzureFilePersistentVolumeSource = message(
  'io.k8s.api.core.v1.AzureFilePersistentVolumeSource',
  'Deprecated: a share of Azure Files.',
  {
    secretName: one('string', 1, 'Secret with the storage account and its key.', { required: true }),
    shareName: one('string', 2, 'Name of the share.', { required: true }),
    readOnly: one('bool', 3, 'Mounts it read-only.'),
    secretNamespace: one('string', 4, "Namespace of the Secret; the pod's if absent.", { keepsZero: true }),
  },
);
export interface AzureFilePersistentVolumeSource extends Infer<typeof AzureFilePersistentVolumeSource> {}
