import { list, map, message, one } from '../../schema/fields.ts';
import { type Column, type KindObject, kind } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import { TopologySelectorTerm } from '../core/topology-selector.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const StorageClassSchema = message(
  'io.k8s.api.storage.v1.StorageClass',
  'A kind of storage, and who provides it.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    provisioner: one('string', 2, 'Who makes the volumes.', { required: true }),
    parameters: map('string', 3, 'What the provisioner is told.'),
    reclaimPolicy: one('string', 4, 'What becomes of a volume when its claim is gone.', {
      keepsZero: true,
      default: 'Delete',
      enum: ['Delete', 'Retain'],
    }),
    mountOptions: list('string', 5, 'Options with which its volumes are mounted; not checked.'),
    allowVolumeExpansion: one('bool', 6, 'Whether its volumes can grow.', { keepsZero: true }),
    volumeBindingMode: one('string', 7, 'Whether a claim is bound at once or when a pod needs it.', {
      keepsZero: true,
      default: 'Immediate',
      enum: ['Immediate', 'WaitForFirstConsumer'],
    }),
    allowedTopologies: list(TopologySelectorTerm, 8, 'Where volumes may be made; everywhere if empty.'),
  },
);
export interface StorageClass extends KindObject<typeof StorageClassSchema> {}

const DEFAULT_ANNOTATIONS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

/** Whether claims that name no class get this one (kubernetes/pkg/apis/storage/util). */
export function isDefaultStorageClass({ metadata }: Pick<StorageClass, 'metadata'>): boolean {
  return DEFAULT_ANNOTATIONS.some((annotation) => metadata.annotations?.[annotation] === 'true');
}

/** The class that claims get which name none: of several the newest, then the first by name. */
export function newestDefaultClass(classes: readonly StorageClass[]): StorageClass | undefined {
  const created = ({ metadata }: StorageClass) => Date.parse(metadata.creationTimestamp ?? '');
  return classes
    .filter(isDefaultStorageClass)
    .sort(
      (one, other) => created(other) - created(one) || (one.metadata.name < other.metadata.name ? -1 : 1),
    )[0];
}

/** The columns of `kubectl get storageclasses` (pkg/printers `printStorageClass`). */
const columns: readonly Column<StorageClass>[] = [
  {
    name: 'Name',
    type: 'string',
    format: 'name',
    description: 'Name of the class.',
    value: (storageClass) =>
      storageClass.metadata.name + (isDefaultStorageClass(storageClass) ? ' (default)' : ''),
  },
  {
    name: 'Provisioner',
    type: 'string',
    description: 'Who makes the volumes.',
    value: ({ provisioner }) => provisioner,
  },
  {
    name: 'ReclaimPolicy',
    type: 'string',
    description: 'What becomes of a volume without its claim.',
    value: ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete',
  },
  {
    name: 'VolumeBindingMode',
    type: 'string',
    description: 'When claims are bound.',
    value: ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate',
  },
  {
    name: 'AllowVolumeExpansion',
    type: 'string',
    description: 'Whether volumes can grow.',
    value: ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
  },
  age,
];

export const storageClasses = kind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  shortNames: ['sc'],
  namespaced: false,
  schema: StorageClassSchema,
  columns,
});
