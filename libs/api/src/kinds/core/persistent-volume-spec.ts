import { type Infer, inline, list, map, message, one } from '../../schema/fields.ts';
import { ObjectReference } from './object-reference.ts';
import { NodeSelector } from './pod/affinity.ts';
import { PersistentVolumeSource } from './volumes/persistent-volume-source.ts';

/** How a volume can be mounted, in the order in which upstream lists them in its messages. */
const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'] as const;

export const VolumeNodeAffinity = message(
  'io.k8s.api.core.v1.VolumeNodeAffinity',
  'From which nodes a volume can be reached.',
  {
    required: one(NodeSelector, 1, 'What must hold of a node.'),
  },
);
export interface VolumeNodeAffinity extends Infer<typeof VolumeNodeAffinity> {}

export const PersistentVolumeSpec = message(
  'io.k8s.api.core.v1.PersistentVolumeSpec',
  'A piece of storage, and who may claim it.',
  {
    capacity: map('quantity', 1, 'Its size.'),
    persistentVolumeSource: inline(PersistentVolumeSource, 2),
    accessModes: list('string', 3, 'The ways in which it can be mounted.', {
      enum: ACCESS_MODES,
      enumFaultsAt: 'list',
    }),
    claimRef: one(ObjectReference, 4, 'The claim that it is bound to.'),
    persistentVolumeReclaimPolicy: one('string', 5, 'What becomes of it when its claim is gone.', {
      enum: ['Delete', 'Recycle', 'Retain'],
    }),
    storageClassName: one('string', 6, 'Class of storage; empty for none.'),
    mountOptions: list('string', 7, 'Options with which it is mounted; not checked.'),
    volumeMode: one('string', 8, 'A file system or a raw block device.', {
      keepsZero: true,
      enum: ['Block', 'Filesystem'],
    }),
    nodeAffinity: one(VolumeNodeAffinity, 9, 'From which nodes it can be reached; all if absent.'),
    volumeAttributesClassName: one('string', 10, 'Class of the attributes that it has.', { keepsZero: true }),
  },
);
export interface PersistentVolumeSpec extends Infer<typeof PersistentVolumeSpec> {}
