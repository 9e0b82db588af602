import { type Infer, list, map, message, one } from '../../schema/fields.ts';
import { type Column, type KindObject, kind, STATUS } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { accessModesText, storageClassOf, volumeModeColumn } from './storage-columns.ts';
import { PersistentVolumeClaimSpec } from './volumes/volume-claim.ts';

export const PersistentVolumeClaimCondition = message(
  'io.k8s.api.core.v1.PersistentVolumeClaimCondition',
  "One aspect of a claim's current state.",
  {
    type: one('string', 1, 'Which aspect, such as Resizing.', { required: true }),
    status: one('string', 2, 'True, False or Unknown.', { required: true }),
    lastProbeTime: one('time', 3, 'When it was last looked at.'),
    lastTransitionTime: one('time', 4, 'When the status last changed.'),
    reason: one('string', 5, 'Why it last changed, in one CamelCase word.'),
    message: one('string', 6, 'Why it last changed, in words for people.'),
  },
);
export interface PersistentVolumeClaimCondition extends Infer<typeof PersistentVolumeClaimCondition> {}

export const ModifyVolumeStatus = message(
  'io.k8s.api.core.v1.ModifyVolumeStatus',
  'How far a change of attributes has come.',
  {
    targetVolumeAttributesClassName: one('string', 1, 'The class that the volume is to have.'),
    status: one('string', 2, 'Pending, InProgress or Infeasible.', { required: true }),
  },
);
export interface ModifyVolumeStatus extends Infer<typeof ModifyVolumeStatus> {}

export const PersistentVolumeClaimStatus = message(
  'io.k8s.api.core.v1.PersistentVolumeClaimStatus',
  'What a claim has got.',
  {
    phase: one('string', 1, 'Whether it has a volume.', { enum: ['Bound', 'Lost', 'Pending'] }),
    accessModes: list('string', 2, 'The ways in which its volume can be mounted.'),
    capacity: map('quantity', 3, 'The size of its volume.'),
    conditions: list(PersistentVolumeClaimCondition, 4, 'The aspects of its state.', {
      mapKeys: ['type'],
      mergeKey: 'type',
    }),
    allocatedResources: map('quantity', 5, 'The size that its volume is growing to.'),
    allocatedResourceStatuses: map('string', 7, 'How far that has come.'),
    currentVolumeAttributesClassName: one('string', 8, 'Class of the attributes that its volume has.', {
      keepsZero: true,
    }),
    modifyVolumeStatus: one(ModifyVolumeStatus, 9, 'How far a change of attributes has come.'),
  },
);
export interface PersistentVolumeClaimStatus extends Infer<typeof PersistentVolumeClaimStatus> {}

export const PersistentVolumeClaimSchema = message(
  'io.k8s.api.core.v1.PersistentVolumeClaim',
  'A wish for storage.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(PersistentVolumeClaimSpec, 2, 'What is wished for.', { keepsZero: false }),
    status: one(PersistentVolumeClaimStatus, 3, 'What it has got; kept by the system.', {
      keepsZero: false,
    }),
  },
);
export interface PersistentVolumeClaim extends KindObject<typeof PersistentVolumeClaimSchema> {}

const isBound = ({ spec }: PersistentVolumeClaim) => Boolean(spec?.volumeName);

/** The columns of `kubectl get pvc` (pkg/printers `printPersistentVolumeClaim`). */
const columns: readonly Column<PersistentVolumeClaim>[] = [
  {
    name: 'Status',
    type: 'string',
    description: 'Whether it has a volume.',
    value: ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? '')),
  },
  {
    name: 'Volume',
    type: 'string',
    description: 'The volume that it is bound to.',
    value: ({ spec }) => spec?.volumeName ?? '',
  },
  {
    name: 'Capacity',
    type: 'string',
    description: 'The size of its volume.',
    value: (claim) => (isBound(claim) ? (claim.status?.capacity?.['storage'] ?? '0') : ''),
  },
  {
    name: 'Access Modes',
    type: 'string',
    description: 'The ways in which its volume can be mounted.',
    value: (claim) => (isBound(claim) ? accessModesText(claim.status?.accessModes) : ''),
  },
  { name: 'StorageClass', type: 'string', description: 'Class of storage.', value: storageClassOf },
  {
    name: 'VolumeAttributesClass',
    type: 'string',
    description: 'Class of attributes that it wishes for.',
    value: ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
  },
  age,
  volumeModeColumn,
];

export const persistentVolumeClaims = kind({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  namespaced: true,
  schema: PersistentVolumeClaimSchema,
  subresources: STATUS,
  columns,
});
