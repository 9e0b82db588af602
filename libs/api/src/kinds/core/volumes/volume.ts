import { type Infer, inline, message, one } from '../../../schema/fields.ts';
import {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  AzureFileVolumeSource,
  GCEPersistentDiskVolumeSource,
  PhotonPersistentDiskVolumeSource,
  PortworxVolumeSource,
  ScaleIOVolumeSource,
  StorageOSVolumeSource,
  VsphereVirtualDiskVolumeSource,
} from './cloud-volumes.ts';
import { ConfigMapVolumeSource, SecretVolumeSource } from './config-volumes.ts';
import { DownwardAPIVolumeSource } from './downward-api.ts';
import { CSIVolumeSource, FlexVolumeSource } from './driver-volumes.ts';
import {
  EmptyDirVolumeSource,
  GitRepoVolumeSource,
  HostPathVolumeSource,
  ImageVolumeSource,
} from './local-volumes.ts';
import {
  CephFSVolumeSource,
  CinderVolumeSource,
  FCVolumeSource,
  FlockerVolumeSource,
  GlusterfsVolumeSource,
  ISCSIVolumeSource,
  NFSVolumeSource,
  QuobyteVolumeSource,
  RBDVolumeSource,
} from './network-volumes.ts';
import { ProjectedVolumeSource } from './projected-volume.ts';
import { EphemeralVolumeSource, PersistentVolumeClaimVolumeSource } from './volume-claim.ts';

export const VolumeSource = message(
  'io.k8s.api.core.v1.VolumeSource',
  "Where a volume's content comes from; exactly one field is set.",
  {
    hostPath: one(HostPathVolumeSource, 1, 'A path of the node.'),
    emptyDir: one(EmptyDirVolumeSource, 2, 'A directory that lives as long as the pod.'),
    gcePersistentDisk: one(GCEPersistentDiskVolumeSource, 3, 'Deprecated: a disk of Google Compute Engine.'),
    awsElasticBlockStore: one(AWSElasticBlockStoreVolumeSource, 4, 'Deprecated: a volume of Amazon EBS.'),
    gitRepo: one(GitRepoVolumeSource, 5, 'Deprecated: a clone of a git repository.'),
    secret: one(SecretVolumeSource, 6, 'Values of a Secret.'),
    nfs: one(NFSVolumeSource, 7, 'A directory exported over NFS.'),
    iscsi: one(ISCSIVolumeSource, 8, 'A disk of an iSCSI target.'),
    glusterfs: one(GlusterfsVolumeSource, 9, 'Deprecated: a Glusterfs volume.'),
    persistentVolumeClaim: one(PersistentVolumeClaimVolumeSource, 10, 'The volume that a claim is bound to.'),
    rbd: one(RBDVolumeSource, 11, 'Deprecated: a Ceph block device.'),
    flexVolume: one(FlexVolumeSource, 12, 'Deprecated: a volume of an exec-based plugin.'),
    cinder: one(CinderVolumeSource, 13, 'Deprecated: an OpenStack Cinder volume.'),
    cephfs: one(CephFSVolumeSource, 14, 'Deprecated: a Ceph file system.'),
    flocker: one(FlockerVolumeSource, 15, 'Deprecated: a Flocker dataset.'),
    downwardAPI: one(DownwardAPIVolumeSource, 16, 'Facts about the pod.'),
    fc: one(FCVolumeSource, 17, 'A disk over Fibre Channel.'),
    azureFile: one(AzureFileVolumeSource, 18, 'Deprecated: a share of Azure Files.'),
    configMap: one(ConfigMapVolumeSource, 19, 'Values of a ConfigMap.'),
    vsphereVolume: one(VsphereVirtualDiskVolumeSource, 20, 'Deprecated: a disk of vSphere.'),
    quobyte: one(QuobyteVolumeSource, 21, 'Deprecated: a Quobyte volume.'),
    azureDisk: one(AzureDiskVolumeSource, 22, 'Deprecated: a disk of Azure.'),
    photonPersistentDisk: one(
      PhotonPersistentDiskVolumeSource,
      23,
      'Deprecated: a disk of a Photon controller.',
    ),
    projected: one(ProjectedVolumeSource, 26, 'Several sources in one directory.'),
    portworxVolume: one(PortworxVolumeSource, 24, 'Deprecated: a Portworx volume.'),
    scaleIO: one(ScaleIOVolumeSource, 25, 'Deprecated: a ScaleIO volume.'),
    storageos: one(StorageOSVolumeSource, 27, 'Deprecated: a StorageOS volume.'),
    csi: one(CSIVolumeSource, 28, 'An ephemeral volume of a CSI driver.'),
    ephemeral: one(EphemeralVolumeSource, 29, 'A claim made for the pod.'),
    image: one(ImageVolumeSource, 30, 'The files of an OCI image or artifact.'),
  },
);
export interface VolumeSource extends Infer<typeof VolumeSource> {}

export const Volume = message('io.k8s.api.core.v1.Volume', 'Something that containers of a pod can mount.', {
  name: one('string', 1, 'Unique in the pod; a DNS label.', { required: true }),
  volumeSource: inline(VolumeSource, 2),
});
export interface Volume extends Infer<typeof Volume> {}
