import { type Infer, inline, list, map, message, one } from '../../../schema/fields.ts';
import { LabelSelector } from '../../meta/label-selector.ts';
import { LocalObjectReference } from '../object-reference.ts';
import { DownwardAPIProjection } from './downward-api.ts';
import { KeyToPath } from './key-to-path.ts';

export const SecretProjection = message(
  'io.k8s.api.core.v1.SecretProjection',
  'Values of a Secret in a projected volume.',
  {
    localObjectReference: inline(LocalObjectReference, 1),
    items: list(KeyToPath, 2, 'Which keys go where; without it every key becomes a file of its name.'),
    optional: one('bool', 4, 'Whether the Secret, or keys of it, may be missing.', { keepsZero: true }),
  },
);
export interface SecretProjection extends Infer<typeof SecretProjection> {}

export const ConfigMapProjection = message(
  'io.k8s.api.core.v1.ConfigMapProjection',
  'Values of a ConfigMap in a projected volume.',
  {
    localObjectReference: inline(LocalObjectReference, 1),
    items: list(KeyToPath, 2, 'Which keys go where; without it every key becomes a file of its name.'),
    optional: one('bool', 4, 'Whether the ConfigMap, or keys of it, may be missing.', { keepsZero: true }),
  },
);
export interface ConfigMapProjection extends Infer<typeof ConfigMapProjection> {}

export const ServiceAccountTokenProjection = message(
  'io.k8s.api.core.v1.ServiceAccountTokenProjection',
  "A token of the pod's service account, renewed before it expires.",
  {
    audience: one('string', 1, 'For whom the token is; the API server if absent.'),
    expirationSeconds: one('int64', 2, 'Lifetime asked for; at least ten minutes.', {
      keepsZero: true,
      default: 3600,
    }),
    path: one('string', 3, 'File to write it to, relative to the volume.', { required: true }),
  },
);
export interface ServiceAccountTokenProjection extends Infer<typeof ServiceAccountTokenProjection> {}

export const ClusterTrustBundleProjection = message(
  'io.k8s.api.core.v1.ClusterTrustBundleProjection',
  'Trust anchors, gathered into one file and kept up to date.',
  {
    name: one('string', 1, 'One bundle by name; excludes signerName and labelSelector.', { keepsZero: true }),
    signerName: one('string', 2, 'Every bundle of this signer that labelSelector selects.', {
      keepsZero: true,
    }),
    labelSelector: one(LabelSelector, 3, "Which of the signer's bundles; none if absent, all if empty."),
    optional: one('bool', 5, 'Whether the bundles may be missing.', { keepsZero: true }),
    path: one('string', 4, 'File to write them to, relative to the volume.', { required: true }),
  },
);
export interface ClusterTrustBundleProjection extends Infer<typeof ClusterTrustBundleProjection> {}

export const PodCertificateProjection = message(
  'io.k8s.api.core.v1.PodCertificateProjection',
  'A key made by the kubelet and a certificate for it, renewed before it expires.',
  {
    signerName: one('string', 1, 'Signer to which the kubelet sends its requests.'),
    keyType: one('string', 2, 'What key to make, such as ECDSAP256 or ED25519.'),
    maxExpirationSeconds: one('int32', 3, 'The longest lifetime that the signer may give.', {
      keepsZero: true,
    }),
    credentialBundlePath: one('string', 4, 'File for the key followed by the certificate chain.'),
    keyPath: one('string', 5, 'File for the key alone.'),
    certificateChainPath: one('string', 6, 'File for the certificate chain alone.'),
    userAnnotations: map('string', 7, 'Handed to the signer as they are.'),
  },
);
export interface PodCertificateProjection extends Infer<typeof PodCertificateProjection> {}

export const VolumeProjection = message(
  'io.k8s.api.core.v1.VolumeProjection',
  'One source of a projected volume; exactly one field is set.',
  {
    secret: one(SecretProjection, 1, 'Values of a Secret.'),
    downwardAPI: one(DownwardAPIProjection, 2, 'Facts about the pod.'),
    configMap: one(ConfigMapProjection, 3, 'Values of a ConfigMap.'),
    serviceAccountToken: one(ServiceAccountTokenProjection, 4, "A token of the pod's service account."),
    clusterTrustBundle: one(ClusterTrustBundleProjection, 5, 'Trust anchors from ClusterTrustBundles.'),
    podCertificate: one(PodCertificateProjection, 6, "A key and a certificate of the pod's own."),
  },
);
export interface VolumeProjection extends Infer<typeof VolumeProjection> {}

export const ProjectedVolumeSource = message(
  'io.k8s.api.core.v1.ProjectedVolumeSource',
  'Several sources in one directory.',
  {
    sources: list(VolumeProjection, 1, 'What is projected; one kind of source in each.', { keepsZero: true }),
    defaultMode: one('int32', 2, 'Permission bits of files that name none.', {
      keepsZero: true,
      default: 420,
    }),
  },
);
export interface ProjectedVolumeSource extends Infer<typeof ProjectedVolumeSource> {}
