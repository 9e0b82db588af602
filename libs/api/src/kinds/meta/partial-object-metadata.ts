import { list, message, one } from '../../schema/fields.ts';
import { ListMeta } from './list-meta.ts';
import { ObjectMeta } from './object-meta.ts';

export const PartialObjectMetadata = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata',
  'An object of whatever kind, reduced to its metadata.',
  { metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }) },
);

export const PartialObjectMetadataList = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadataList',
  'Objects reduced to their metadata.',
  {
    metadata: one(ListMeta, 1, 'Standard list metadata.', { keepsZero: false }),
    items: list(PartialObjectMetadata, 2, 'The objects.', { required: true }),
  },
);

/** The same with other numbers. */
export const PartialObjectMetadataListV1beta1 = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1beta1.PartialObjectMetadataList',
  'Objects reduced to their metadata.',
  {
    metadata: one(ListMeta, 2, 'Standard list metadata.', { keepsZero: false }),
    items: list(PartialObjectMetadata, 1, 'The objects.', { required: true }),
  },
);
