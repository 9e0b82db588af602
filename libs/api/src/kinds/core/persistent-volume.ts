import { type Infer, message, one } from '../../schema/fields.ts';
import { type Column, type KindObject, kind, STATUS } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { PersistentVolumeSpec } from './persistent-volume-spec.ts';
import { accessModesText, storageClassOf, volumeModeColumn } from './storage-columns.ts';

export const PersistentVolumeStatus = message(
  'io.k8s.api.core.v1.PersistentVolumeStatus',
  'Where a volume is in its life.',
  {
    phase: one('string', 1, 'Whether it can be claimed, is bound, or was left behind.', {
      enum: ['Available', 'Bound', 'Failed', 'Pending', 'Released'],
    }),
    message: one('string', 2, 'Why it is so, in words for people.'),
    reason: one('string', 3, 'Why it failed, in one CamelCase word.'),
    lastPhaseTransitionTime: one('time', 4, 'When the phase last changed; set by the server.', {
      keepsZero: true,
    }),
  },
);
export interface PersistentVolumeStatus extends Infer<typeof PersistentVolumeStatus> {}

export const PersistentVolumeSchema = message(
  'io.k8s.api.core.v1.PersistentVolume',
  'A piece of storage that outlives the pods which use it.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(PersistentVolumeSpec, 2, 'What it is.', { keepsZero: false }),
    status: one(PersistentVolumeStatus, 3, 'Where it is in its life; kept by the system.', {
      keepsZero: false,
    }),
  },
);
export interface PersistentVolume extends KindObject<typeof PersistentVolumeSchema> {}

/** The columns of `kubectl get pv` (pkg/printers `printPersistentVolume`). */
const columns: readonly Column<PersistentVolume>[] = [
  {
    name: 'Capacity',
    type: 'string',
    description: 'Its size.',
    value: ({ spec }) => spec?.capacity?.['storage'] ?? '0',
  },
  {
    name: 'Access Modes',
    type: 'string',
    description: 'The ways in which it can be mounted.',
    value: ({ spec }) => accessModesText(spec?.accessModes),
  },
  {
    name: 'Reclaim Policy',
    type: 'string',
    description: 'What becomes of it without its claim.',
    value: ({ spec }) => spec?.persistentVolumeReclaimPolicy ?? '',
  },
  {
    name: 'Status',
    type: 'string',
    description: 'Where it is in its life.',
    value: ({ metadata, status }) => (metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? '')),
  },
  {
    name: 'Claim',
    type: 'string',
    description: 'The claim that it is bound to.',
    value: ({ spec }) =>
      spec?.claimRef === undefined ? '' : `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}`,
  },
  { name: 'StorageClass', type: 'string', description: 'Class of storage.', value: storageClassOf },
  {
    name: 'VolumeAttributesClass',
    type: 'string',
    description: 'Class of the attributes that it has.',
    value: ({ spec }) => spec?.volumeAttributesClassName ?? '<unset>',
  },
  {
    name: 'Reason',
    type: 'string',
    description: 'Why it failed.',
    value: ({ status }) => status?.reason ?? '',
  },
  age,
  volumeModeColumn,
];

export const persistentVolumes = kind({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  shortNames: ['pv'],
  namespaced: false,
  schema: PersistentVolumeSchema,
  subresources: STATUS,
  columns,
});
