import { message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { DeleteOptions } from '../meta/delete-options.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const EvictionSchema = message(
  'io.k8s.api.policy.v1.Eviction',
  'Asks for a pod to be deleted where its disruption budget allows.',
  {
    metadata: one(ObjectMeta, 1, 'Names the pod.', { required: true }),
    deleteOptions: one(DeleteOptions, 2, 'How the deletion shall go about.'),
  },
);
export interface Eviction extends KindObject<typeof EvictionSchema> {}

export const evictions = kind({
  group: 'policy',
  version: 'v1',
  kind: 'Eviction',
  plural: 'evictions',
  namespaced: true,
  verbs: ['create'],
  schema: EvictionSchema,
});
