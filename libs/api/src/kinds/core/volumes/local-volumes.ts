import { type Infer, message, one } from '../../../schema/fields.ts';

export const HostPathVolumeSource = message(
  'io.k8s.api.core.v1.HostPathVolumeSource',
  'A file or directory of the node itself.',
  {
    path: one('string', 1, 'Its path on the node.', { required: true }),
    type: one(
      'string',
      2,
      'What must be at the path, or is to be made there; the empty string checks nothing.',
      {
        keepsZero: true,
        default: '',
        enum: [
          '',
          'DirectoryOrCreate',
          'Directory',
          'FileOrCreate',
          'File',
          'Socket',
          'CharDevice',
          'BlockDevice',
        ],
      },
    ),
  },
);
export interface HostPathVolumeSource extends Infer<typeof HostPathVolumeSource> {}

export const EmptyDirVolumeSource = message(
  'io.k8s.api.core.v1.EmptyDirVolumeSource',
  'A directory that lives as long as the pod.',
  {
    medium: one('string', 1, "Empty for the node's disk, or Memory, or a size of HugePages."),
    sizeLimit: one('quantity', 2, 'How large it may grow.', { keepsZero: true }),
  },
);
export interface EmptyDirVolumeSource extends Infer<typeof EmptyDirVolumeSource> {}

export const GitRepoVolumeSource = message(
  'io.k8s.api.core.v1.GitRepoVolumeSource',
  'Deprecated: a clone of a git repository.',
  {
    repository: one('string', 1, 'URL of the repository.', { required: true }),
    revision: one('string', 2, 'Commit to check out.'),
    directory: one('string', 3, 'Directory to clone into, relative to the volume.'),
  },
);
export interface GitRepoVolumeSource extends Infer<typeof GitRepoVolumeSource> {}

export const ImageVolumeSource = message(
  'io.k8s.api.core.v1.ImageVolumeSource',
  'The files of an OCI image or artifact, read-only.',
  {
    reference: one('string', 1, 'The image or artifact.'),
    pullPolicy: one('string', 2, 'When to pull it; as for containers.', {
      enum: ['Always', 'Never', 'IfNotPresent'],
    }),
  },
);
export interface ImageVolumeSource extends Infer<typeof ImageVolumeSource> {}
