import { type Infer, message, one } from '../../schema/fields.ts';
import { PersistentVolumeClaimSchema } from '../core/persistent-volume-claim.ts';

/** A whole claim within another object: what it is stands in JSON, not in protobuf. */
export const VolumeClaimTemplate = message(
  PersistentVolumeClaimSchema.name,
  'A claim of which each pod gets one of its own.',
  {
    apiVersion: one('string', 0, 'v1, or nothing.'),
    kind: one('string', 0, 'PersistentVolumeClaim, or nothing.'),
    ...PersistentVolumeClaimSchema.fields,
  },
);
export interface VolumeClaimTemplate extends Infer<typeof VolumeClaimTemplate> {}
