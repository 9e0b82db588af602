import { type Infer, message, one } from '../../schema/fields.ts';

export const ObjectReference = message(
  'io.k8s.api.core.v1.ObjectReference',
  'Points at an object of any kind.',
  {
    kind: one('string', 1, 'Kind of the object.'),
    namespace: one('string', 2, 'Namespace of the object.'),
    name: one('string', 3, 'Name of the object.'),
    uid: one('string', 4, 'UID of the object.'),
    apiVersion: one('string', 5, 'API version of the object.'),
    resourceVersion: one('string', 6, 'The version of the object that is meant, if one is.'),
    fieldPath: one('string', 7, 'The part of the object that is meant, such as `spec.containers{name}`.'),
  },
  { atomic: true },
);
export interface ObjectReference extends Infer<typeof ObjectReference> {}

export const LocalObjectReference = message(
  'io.k8s.api.core.v1.LocalObjectReference',
  'Points at an object in the same namespace, of a kind that the context tells.',
  {
    name: one('string', 1, 'Name of the object.'),
  },
  { atomic: true },
);
export interface LocalObjectReference extends Infer<typeof LocalObjectReference> {}

export const TypedLocalObjectReference = message(
  'io.k8s.api.core.v1.TypedLocalObjectReference',
  'Points at an object in the same namespace.',
  {
    apiGroup: one('string', 1, 'Group of the object; absent for the core group.', { keepsZero: true }),
    kind: one('string', 2, 'Kind of the object.', { required: true }),
    name: one('string', 3, 'Name of the object.', { required: true }),
  },
  { atomic: true },
);
export interface TypedLocalObjectReference extends Infer<typeof TypedLocalObjectReference> {}

export const TypedObjectReference = message(
  'io.k8s.api.core.v1.TypedObjectReference',
  'Points at an object, perhaps in another namespace.',
  {
    apiGroup: one('string', 1, 'Group of the object; absent for the core group.', { keepsZero: true }),
    kind: one('string', 2, 'Kind of the object.', { required: true }),
    name: one('string', 3, 'Name of the object.', { required: true }),
    namespace: one('string', 4, "Namespace of the object, when not the referrer's own.", { keepsZero: true }),
  },
);
export interface TypedObjectReference extends Infer<typeof TypedObjectReference> {}

export const SecretReference = message(
  'io.k8s.api.core.v1.SecretReference',
  'Points at a Secret in any namespace.',
  {
    name: one('string', 1, 'Name of the Secret.'),
    namespace: one('string', 2, 'Namespace of the Secret.'),
  },
  { atomic: true },
);
export interface SecretReference extends Infer<typeof SecretReference> {}
