import { type Infer, map, message, one } from '../../../schema/fields.ts';
import { LocalObjectReference } from '../object-reference.ts';

export const CSIVolumeSource = message(
  'io.k8s.api.core.v1.CSIVolumeSource',
  'An ephemeral volume of a CSI driver.',
  {
    driver: one('string', 1, 'Name of the driver.', { required: true }),
    readOnly: one('bool', 2, 'Mounts it read-only.', { keepsZero: true }),
    fsType: one('string', 3, "File system to mount; the driver's choice if absent.", { keepsZero: true }),
    volumeAttributes: map('string', 4, 'Properties for the driver.'),
    nodePublishSecretRef: one(
      LocalObjectReference,
      5,
      'Secret handed to the driver when it publishes the volume.',
    ),
  },
);
export interface CSIVolumeSource extends Infer<typeof CSIVolumeSource> {}

export const FlexVolumeSource = message(
  'io.k8s.api.core.v1.FlexVolumeSource',
  'Deprecated: a volume of an exec-based plugin.',
  {
    driver: one('string', 1, 'Name of the driver.', { required: true }),
    fsType: one('string', 2, 'File system to mount.'),
    secretRef: one(LocalObjectReference, 3, 'Secret handed to the driver.'),
    readOnly: one('bool', 4, 'Mounts it read-only.'),
    options: map('string', 5, 'Options for the driver.'),
  },
);
export interface FlexVolumeSource extends Infer<typeof FlexVolumeSource> {}
