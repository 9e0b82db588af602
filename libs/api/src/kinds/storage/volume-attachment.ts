import { type Infer, map, message, one } from '../../schema/fields.ts';
import { type KindObject, kind, STATUS } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import { PersistentVolumeSpec } from '../core/persistent-volume-spec.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const VolumeAttachmentSource = message(
  'io.k8s.api.storage.v1.VolumeAttachmentSource',
  'What is attached; exactly one field is set.',
  {
    persistentVolumeName: one('string', 1, 'A persistent volume.', { keepsZero: true }),
    inlineVolumeSpec: one(PersistentVolumeSpec, 2, 'A volume that a pod brings along, as if it were one.'),
  },
);
export interface VolumeAttachmentSource extends Infer<typeof VolumeAttachmentSource> {}

export const VolumeAttachmentSpec = message(
  'io.k8s.api.storage.v1.VolumeAttachmentSpec',
  'What shall be attached where.',
  {
    attacher: one('string', 1, 'The driver that attaches it.', { required: true }),
    source: one(VolumeAttachmentSource, 2, 'What is attached.', { required: true }),
    nodeName: one('string', 3, 'The node to attach it to.', { required: true }),
  },
);
export interface VolumeAttachmentSpec extends Infer<typeof VolumeAttachmentSpec> {}

export const VolumeError = message('io.k8s.api.storage.v1.VolumeError', 'What went wrong with a volume.', {
  time: one('time', 1, 'When it went wrong.'),
  message: one('string', 2, 'What went wrong, in words for people; never with secrets in it.'),
  errorCode: one('int32', 3, 'The gRPC code of the failed call.', { keepsZero: true }),
});
export interface VolumeError extends Infer<typeof VolumeError> {}

export const VolumeAttachmentStatus = message(
  'io.k8s.api.storage.v1.VolumeAttachmentStatus',
  'How attaching went; kept by the driver.',
  {
    attached: one('bool', 1, 'Whether it is attached.', { required: true }),
    attachmentMetadata: map('string', 2, 'What the driver needs to know to mount it.'),
    attachError: one(VolumeError, 3, 'What went wrong when it was attached.'),
    detachError: one(VolumeError, 4, 'What went wrong when it was detached.'),
  },
);
export interface VolumeAttachmentStatus extends Infer<typeof VolumeAttachmentStatus> {}

export const VolumeAttachmentSchema = message(
  'io.k8s.api.storage.v1.VolumeAttachment',
  'The wish to have a volume at a node.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(VolumeAttachmentSpec, 2, 'What shall be attached where.', { required: true }),
    status: one(VolumeAttachmentStatus, 3, 'How it went; kept by the system.', { keepsZero: false }),
  },
);
export interface VolumeAttachment extends KindObject<typeof VolumeAttachmentSchema> {}

export const volumeAttachments = kind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttachment',
  plural: 'volumeattachments',
  namespaced: false,
  schema: VolumeAttachmentSchema,
  subresources: STATUS,
  columns: [
    {
      name: 'Attacher',
      type: 'string',
      description: 'The driver that attaches it.',
      value: ({ spec }) => spec.attacher,
    },
    {
      name: 'PV',
      type: 'string',
      description: 'The persistent volume.',
      value: ({ spec }) => spec.source.persistentVolumeName ?? '',
    },
    { name: 'Node', type: 'string', description: 'The node.', value: ({ spec }) => spec.nodeName },
    {
      name: 'Attached',
      type: 'boolean',
      description: 'Whether it is attached.',
      value: ({ status }) => status?.attached ?? false,
    },
    age,
  ],
});
