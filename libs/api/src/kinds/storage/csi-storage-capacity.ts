import { message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { LabelSelector } from '../meta/label-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const CSIStorageCapacitySchema = message(
  'io.k8s.api.storage.v1.CSIStorageCapacity',
  'How much a CSI driver has left, of a class and in a part of the cluster.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    nodeTopology: one(LabelSelector, 2, 'The nodes that can reach it; none if absent, all if empty.'),
    storageClassName: one('string', 3, 'The storage class that it was measured for.', { required: true }),
    capacity: one('quantity', 4, 'How much is left.', { keepsZero: true }),
    maximumVolumeSize: one('quantity', 5, 'The largest volume that can be made.', { keepsZero: true }),
  },
);
export interface CSIStorageCapacity extends KindObject<typeof CSIStorageCapacitySchema> {}

export const csiStorageCapacities = kind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  namespaced: true,
  schema: CSIStorageCapacitySchema,
  columns: [
    {
      name: 'StorageClassName',
      type: 'string',
      description: 'The storage class.',
      value: ({ storageClassName }) => storageClassName,
    },
    {
      name: 'Capacity',
      type: 'string',
      description: 'How much is left.',
      value: ({ capacity }) => capacity ?? '<unset>',
    },
  ],
});
