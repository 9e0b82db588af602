import { message, one } from '../../schema/fields.ts';
import type { KindObject } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { PodSpec } from './pod/pod-spec.ts';
import { PodStatus } from './pod/pod-status.ts';

export const PodSchema = message('io.k8s.api.core.v1.Pod', 'Containers that run together on one node.', {
  metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
  spec: one(PodSpec, 2, 'What shall run.', { required: true }),
  status: one(PodStatus, 3, 'What was last seen; kept by the system.', { keepsZero: false }),
});
export interface Pod extends KindObject<typeof PodSchema> {}
