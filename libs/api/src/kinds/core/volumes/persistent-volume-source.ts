import { type Infer, message, one } from '../../../schema/fields.ts';
import {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  GCEPersistentDiskVolumeSource,
  PhotonPersistentDiskVolumeSource,
  PortworxVolumeSource,
  VsphereVirtualDiskVolumeSource,
} from './cloud-volumes.ts';
import { HostPathVolumeSource } from './local-volumes.ts';
import {
  FCVolumeSource,
  FlockerVolumeSource,
  NFSVolumeSource,
  QuobyteVolumeSource,
} from './network-volumes.ts';
import {
  CSIPersistentVolumeSource,
  FlexPersistentVolumeSource,
  LocalVolumeSource,
  ScaleIOPersistentVolumeSource,
  StorageOSPersistentVolumeSource,
} from './persistent-driver-volumes.ts';
import {
  AzureFilePersistentVolumeSource,
  CephFSPersistentVolumeSource,
  CinderPersistentVolumeSource,
  GlusterfsPersistentVolumeSource,
  ISCSIPersistentVolumeSource,
  RBDPersistentVolumeSource,
} from './persistent-network-volumes.ts';

export const PersistentVolumeSource = message(
  'io.k8s.api.core.v1.PersistentVolumeSource',
  'Where the storage is; exactly one field is set.',
  {
    gcePersistentDisk: one(GCEPersistentDiskVolumeSource, 1, 'Deprecated: a disk of Google Compute Engine.'),
    awsElasticBlockStore: one(AWSElasticBlockStoreVolumeSource, 2, 'Deprecated: a volume of Amazon EBS.'),
    hostPath: one(HostPathVolumeSource, 3, 'A path of the node; for clusters of one node.'),
    glusterfs: one(GlusterfsPersistentVolumeSource, 4, 'Deprecated: a Glusterfs volume.'),
    nfs: one(NFSVolumeSource, 5, 'A directory exported over NFS.'),
    rbd: one(RBDPersistentVolumeSource, 6, 'Deprecated: a Ceph block device.'),
    iscsi: one(ISCSIPersistentVolumeSource, 7, 'A disk of an iSCSI target.'),
    cinder: one(CinderPersistentVolumeSource, 8, 'Deprecated: an OpenStack Cinder volume.'),
    cephfs: one(CephFSPersistentVolumeSource, 9, 'Deprecated: a Ceph file system.'),
    fc: one(FCVolumeSource, 10, 'A disk over Fibre Channel.'),
    flocker: one(FlockerVolumeSource, 11, 'Deprecated: a Flocker dataset.'),
    flexVolume: one(FlexPersistentVolumeSource, 12, 'Deprecated: a volume of an exec-based plugin.'),
    azureFile: one(AzureFilePersistentVolumeSource, 13, 'Deprecated: a share of Azure Files.'),
    vsphereVolume: one(VsphereVirtualDiskVolumeSource, 14, 'Deprecated: a disk of vSphere.'),
    quobyte: one(QuobyteVolumeSource, 15, 'Deprecated: a Quobyte volume.'),
    azureDisk: one(AzureDiskVolumeSource, 16, 'Deprecated: a disk of Azure.'),
    photonPersistentDisk: one(
      PhotonPersistentDiskVolumeSource,
      17,
      'Deprecated: a disk of a Photon controller.',
    ),
    portworxVolume: one(PortworxVolumeSource, 18, 'Deprecated: a Portworx volume.'),
    scaleIO: one(ScaleIOPersistentVolumeSource, 19, 'Deprecated: a ScaleIO volume.'),
    local: one(LocalVolumeSource, 20, 'A disk of one node.'),
    storageos: one(StorageOSPersistentVolumeSource, 21, 'Deprecated: a StorageOS volume.'),
    csi: one(CSIPersistentVolumeSource, 22, 'A volume of a CSI driver.'),
  },
);
export interface PersistentVolumeSource extends Infer<typeof PersistentVolumeSource> {}

/** The names of the sources, in the order in which they are looked at. */
export const persistentVolumeSources = Object.keys(
  PersistentVolumeSource.fields,
) as readonly (keyof PersistentVolumeSource)[];
