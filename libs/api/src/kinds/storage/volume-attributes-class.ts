import { map, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const VolumeAttributesClassSchema = message(
  'io.k8s.api.storage.v1.VolumeAttributesClass',
  'Attributes of volumes that can change while they are in use.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    driverName: one('string', 2, 'The CSI driver that knows them.', { required: true }),
    parameters: map('string', 3, 'The attributes.'),
  },
);
export interface VolumeAttributesClass extends KindObject<typeof VolumeAttributesClassSchema> {}

export const volumeAttributesClasses = kind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  shortNames: ['vac'],
  namespaced: false,
  schema: VolumeAttributesClassSchema,
  columns: [
    {
      name: 'DriverName',
      type: 'string',
      description: 'The CSI driver.',
      value: ({ driverName }) => driverName,
    },
    age,
  ],
});
