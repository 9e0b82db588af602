import { type Infer, list, message, one } from '../../../schema/fields.ts';

export const ObjectFieldSelector = message(
  'io.k8s.api.core.v1.ObjectFieldSelector',
  'Picks a field of the pod itself.',
  {
    apiVersion: one('string', 1, 'Version of the schema that the path is written for.', { default: 'v1' }),
    fieldPath: one('string', 2, "Path of the field, such as `metadata.labels['app']`.", { required: true }),
  },
  { atomic: true },
);
export interface ObjectFieldSelector extends Infer<typeof ObjectFieldSelector> {}

export const ResourceFieldSelector = message(
  'io.k8s.api.core.v1.ResourceFieldSelector',
  "Picks a container's request or limit.",
  {
    containerName: one('string', 1, 'The container; not needed where the context is one container.'),
    resource: one('string', 2, 'Which one, such as `limits.cpu`.', { required: true }),
    divisor: one('quantity', 3, 'Unit in which the value is told; 1 if absent.'),
  },
  { atomic: true },
);
export interface ResourceFieldSelector extends Infer<typeof ResourceFieldSelector> {}

export const DownwardAPIVolumeFile = message(
  'io.k8s.api.core.v1.DownwardAPIVolumeFile',
  'A file that tells something about the pod.',
  {
    path: one('string', 1, 'Path of the file, relative to the volume.', { required: true }),
    fieldRef: one(ObjectFieldSelector, 2, 'A field of the pod.'),
    resourceFieldRef: one(ResourceFieldSelector, 3, 'A request or limit of a container.'),
    mode: one('int32', 4, "Permission bits of the file, in place of the volume's.", { keepsZero: true }),
  },
);
export interface DownwardAPIVolumeFile extends Infer<typeof DownwardAPIVolumeFile> {}

export const DownwardAPIVolumeSource = message(
  'io.k8s.api.core.v1.DownwardAPIVolumeSource',
  'Files that tell a pod about itself.',
  {
    items: list(DownwardAPIVolumeFile, 1, 'The files.'),
    defaultMode: one('int32', 2, 'Permission bits of files that name none.', {
      keepsZero: true,
      default: 420,
    }),
  },
);
export interface DownwardAPIVolumeSource extends Infer<typeof DownwardAPIVolumeSource> {}

export const DownwardAPIProjection = message(
  'io.k8s.api.core.v1.DownwardAPIProjection',
  'Files that tell a pod about itself, among others in a projected volume.',
  {
    items: list(DownwardAPIVolumeFile, 1, 'The files.'),
  },
);
export interface DownwardAPIProjection extends Infer<typeof DownwardAPIProjection> {}
