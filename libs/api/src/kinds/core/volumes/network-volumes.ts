import { type Infer, list, message, one } from '../../../schema/fields.ts';
import { LocalObjectReference } from '../object-reference.ts';

export const NFSVolumeSource = message(
  'io.k8s.api.core.v1.NFSVolumeSource',
  'A directory exported over NFS.',
  {
    server: one('string', 1, 'Host name or address of the server.', { required: true }),
    path: one('string', 2, 'The exported path.', { required: true }),
    readOnly: one('bool', 3, 'Mounts it read-only.'),
  },
);
export interface NFSVolumeSource extends Infer<typeof NFSVolumeSource> {}

export const ISCSIVolumeSource = message(
  'io.k8s.api.core.v1.ISCSIVolumeSource',
  'A disk of an iSCSI target.',
  {
    targetPortal: one('string', 1, 'Address of the target, with the port if it is not the usual one.', {
      required: true,
    }),
    iqn: one('string', 2, 'Qualified name of the target.', { required: true }),
    lun: one('int32', 3, 'Number of the disk at the target.', {
      keepsZero: true,
      pointer: false,
      inOpenApi: 'required',
    }),
    iscsiInterface: one('string', 4, 'Interface that the initiator uses.', { default: 'default' }),
    fsType: one('string', 5, 'File system to mount.'),
    readOnly: one('bool', 6, 'Mounts it read-only.'),
    portals: list('string', 7, 'Further addresses of the target.'),
    chapAuthDiscovery: one('bool', 8, 'Whether discovery authenticates by CHAP.'),
    chapAuthSession: one('bool', 11, 'Whether sessions authenticate by CHAP.'),
    secretRef: one(LocalObjectReference, 10, 'Secret with the CHAP credentials.'),
    initiatorName: one('string', 12, "Qualified name to present, in place of the node's.", {
      keepsZero: true,
    }),
  },
);
export interface ISCSIVolumeSource extends Infer<typeof ISCSIVolumeSource> {}

export const GlusterfsVolumeSource = message(
  'io.k8s.api.core.v1.GlusterfsVolumeSource',
  'Deprecated: a Glusterfs volume.',
  {
    endpoints: one('string', 1, 'Endpoints object that lists the servers.', { required: true }),
    path: one('string', 2, 'Name of the volume.', { required: true }),
    readOnly: one('bool', 3, 'Mounts it read-only.'),
  },
);
export interface GlusterfsVolumeSource extends Infer<typeof GlusterfsVolumeSource> {}

export const RBDVolumeSource = message(
  'io.k8s.api.core.v1.RBDVolumeSource',
  'Deprecated: a Ceph block device.',
  {
    monitors: list('string', 1, 'Addresses of the monitors.', { required: true }),
    image: one('string', 2, 'Name of the image.', { required: true }),
    fsType: one('string', 3, 'File system to mount.'),
    pool: one('string', 4, 'Pool that holds the image.', { default: 'rbd' }),
    user: one('string', 5, 'User to authenticate as.', { default: 'admin' }),
    keyring: one('string', 6, "Path of the user's keyring.", { default: '/etc/ceph/keyring' }),
    secretRef: one(LocalObjectReference, 7, "Secret with the user's key, in place of the keyring."),
    readOnly: one('bool', 8, 'Mounts it read-only.'),
  },
);
export interface RBDVolumeSource extends Infer<typeof RBDVolumeSource> {}

export const CinderVolumeSource = message(
  'io.k8s.api.core.v1.CinderVolumeSource',
  'Deprecated: an OpenStack Cinder volume.',
  {
    volumeID: one('string', 1, 'ID of the volume.', { required: true }),
    fsType: one('string', 2, 'File system to mount.'),
    readOnly: one('bool', 3, 'Mounts it read-only.'),
    secretRef: one(LocalObjectReference, 4, 'Secret with OpenStack credentials.'),
  },
);
export interface CinderVolumeSource extends Infer<typeof CinderVolumeSource> {}

export const CephFSVolumeSource = message(
  'io.k8s.api.core.v1.CephFSVolumeSource',
  'Deprecated: a Ceph file system.',
  {
    monitors: list('string', 1, 'Addresses of the monitors.', { required: true }),
    path: one('string', 2, 'Path within the file system; its root if absent.'),
    user: one('string', 3, 'User to authenticate as.'),
    secretFile: one('string', 4, "Path of the user's keyring."),
    secretRef: one(LocalObjectReference, 5, "Secret with the user's key, in place of the keyring."),
    readOnly: one('bool', 6, 'Mounts it read-only.'),
  },
);
export interface CephFSVolumeSource extends Infer<typeof CephFSVolumeSource> {}

export const FlockerVolumeSource = message(
  'io.k8s.api.core.v1.FlockerVolumeSource',
  'Deprecated: a Flocker dataset.',
  {
    datasetName: one('string', 1, 'Name of the dataset; deprecated in favour of its UUID.'),
    datasetUUID: one('string', 2, 'UUID of the dataset.'),
  },
);
export interface FlockerVolumeSource extends Infer<typeof FlockerVolumeSource> {}

export const FCVolumeSource = message('io.k8s.api.core.v1.FCVolumeSource', 'A disk over Fibre Channel.', {
  targetWWNs: list('string', 1, 'World wide names of the targets.'),
  lun: one('int32', 2, 'Number of the disk at the target.', { keepsZero: true }),
  fsType: one('string', 3, 'File system to mount.'),
  readOnly: one('bool', 4, 'Mounts it read-only.'),
  wwids: list('string', 5, 'World wide identifiers, in place of targetWWNs and lun.'),
});
export interface FCVolumeSource extends Infer<typeof FCVolumeSource> {}

export const QuobyteVolumeSource = message(
  'io.k8s.api.core.v1.QuobyteVolumeSource',
  'Deprecated: a Quobyte volume.',
  {
    registry: one('string', 1, 'Addresses of the registry services.', { required: true }),
    volume: one('string', 2, 'Name of the volume.', { required: true }),
    readOnly: one('bool', 3, 'Mounts it read-only.'),
    user: one('string', 4, 'User to mount as.'),
    group: one('string', 5, 'Group to mount as.'),
    tenant: one('string', 6, 'Tenant that owns the volume.'),
  },
);
export interface QuobyteVolumeSource extends Infer<typeof QuobyteVolumeSource> {}
