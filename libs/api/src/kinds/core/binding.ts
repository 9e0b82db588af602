import { message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { ObjectReference } from './object-reference.ts';

export const BindingSchema = message('io.k8s.api.core.v1.Binding', 'Binds a pod to a node.', {
  metadata: one(ObjectMeta, 1, 'Names the pod.', { required: true }),
  target: one(ObjectReference, 2, 'The node.', { required: true }),
});
export interface Binding extends KindObject<typeof BindingSchema> {}

export const bindings = kind({
  group: '',
  version: 'v1',
  kind: 'Binding',
  plural: 'bindings',
  namespaced: true,
  verbs: ['create'],
  schema: BindingSchema,
});
