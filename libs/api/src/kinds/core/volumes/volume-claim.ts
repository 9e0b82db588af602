import { type Infer, list, map, message, one } from '../../../schema/fields.ts';
import { LabelSelector } from '../../meta/label-selector.ts';
import { ObjectMeta } from '../../meta/object-meta.ts';
import { TypedLocalObjectReference, TypedObjectReference } from '../object-reference.ts';

export const PersistentVolumeClaimVolumeSource = message(
  'io.k8s.api.core.v1.PersistentVolumeClaimVolumeSource',
  'The volume that a claim is bound to.',
  {
    claimName: one('string', 1, "The claim, in the pod's namespace.", { required: true }),
    readOnly: one('bool', 2, 'Mounts it read-only.'),
  },
);
export interface PersistentVolumeClaimVolumeSource extends Infer<typeof PersistentVolumeClaimVolumeSource> {}

export const VolumeResourceRequirements = message(
  'io.k8s.api.core.v1.VolumeResourceRequirements',
  'How much storage a claim needs.',
  {
    limits: map('quantity', 1, 'The most.'),
    requests: map('quantity', 2, 'The least.'),
  },
);
export interface VolumeResourceRequirements extends Infer<typeof VolumeResourceRequirements> {}

export const PersistentVolumeClaimSpec = message(
  'io.k8s.api.core.v1.PersistentVolumeClaimSpec',
  'What storage is claimed.',
  {
    accessModes: list('string', 1, 'How the volume must be mountable.', {
      enum: ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'],
      enumFaultsAt: 'list',
    }),
    selector: one(LabelSelector, 4, 'Which volumes qualify.'),
    resources: one(VolumeResourceRequirements, 2, 'How much storage.', { keepsZero: false }),
    volumeName: one('string', 3, 'The volume that the claim is bound to.'),
    storageClassName: one('string', 5, 'Class of storage; the empty string for none.', { keepsZero: true }),
    volumeMode: one('string', 6, 'A file system or a raw block device.', {
      keepsZero: true,
      default: 'Filesystem',
      enum: ['Block', 'Filesystem'],
    }),
    dataSource: one(TypedLocalObjectReference, 7, 'What the volume is filled from.'),
    dataSourceRef: one(
      TypedObjectReference,
      8,
      'What the volume is filled from, of any kind and perhaps of another namespace.',
    ),
    volumeAttributesClassName: one(
      'string',
      9,
      "Class of attributes that may change over the volume's life.",
      { keepsZero: true },
    ),
  },
);
export interface PersistentVolumeClaimSpec extends Infer<typeof PersistentVolumeClaimSpec> {}

export const PersistentVolumeClaimTemplate = message(
  'io.k8s.api.core.v1.PersistentVolumeClaimTemplate',
  'The claim that an ephemeral volume makes.',
  {
    metadata: one(ObjectMeta, 1, 'Labels and annotations of the claim.', { keepsZero: false }),
    spec: one(PersistentVolumeClaimSpec, 2, 'The claim itself.', { required: true }),
  },
);
export interface PersistentVolumeClaimTemplate extends Infer<typeof PersistentVolumeClaimTemplate> {}

export const EphemeralVolumeSource = message(
  'io.k8s.api.core.v1.EphemeralVolumeSource',
  'A claim made for the pod, and deleted with it.',
  {
    volumeClaimTemplate: one(PersistentVolumeClaimTemplate, 1, 'The claim to make.'),
  },
);
export interface EphemeralVolumeSource extends Infer<typeof EphemeralVolumeSource> {}
