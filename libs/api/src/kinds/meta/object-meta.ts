import { type Infer, list, map, message, one } from '../../schema/fields.ts';

export const OwnerReference = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference',
  'Names an object that owns this one, so that this one can be collected with it.',
  {
    apiVersion: one('string', 5, 'API version of the owner.', { required: true }),
    kind: one('string', 1, 'Kind of the owner.', { required: true }),
    name: one('string', 3, 'Name of the owner.', { required: true }),
    uid: one('string', 4, 'UID of the owner.', { required: true }),
    controller: one('bool', 6, 'Whether the owner is the managing controller.', { keepsZero: true }),
    blockOwnerDeletion: one('bool', 7, 'Whether a foreground deletion of the owner waits for this object.', {
      keepsZero: true,
    }),
  },
  { atomic: true },
);
export interface OwnerReference extends Infer<typeof OwnerReference> {}

export const ManagedFieldsEntry = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry',
  'The fields that one manager owns, and how it came to own them.',
  {
    manager: one('string', 1, 'Name of the manager.'),
    operation: one('string', 2, 'Apply or Update.'),
    apiVersion: one('string', 3, 'Version of the object that the field set speaks of.'),
    time: one('time', 4, 'When the entry last changed.', { keepsZero: true }),
    fieldsType: one('string', 6, 'Format of fieldsV1; always FieldsV1.'),
    fieldsV1: one('fieldsV1', 7, 'The set of fields.'),
    subresource: one('string', 8, 'Subresource through which the fields were set, if any.'),
  },
);
export interface ManagedFieldsEntry extends Infer<typeof ManagedFieldsEntry> {}

export const ObjectMeta = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
  'What every stored object carries: its name, its identity, its history.',
  {
    name: one('string', 1, 'Unique among objects of the kind in a namespace; cannot be changed.', {
      required: true,
      keepsZero: false,
    }),
    generateName: one('string', 2, 'Prefix from which the server makes a unique name when name is empty.'),
    namespace: one('string', 3, 'The namespace in which the name is unique; empty for cluster-wide kinds.'),
    selfLink: one('string', 4, 'No longer filled in.'),
    uid: one('string', 5, 'Unique in time and space; set by the server on creation.'),
    resourceVersion: one(
      'string',
      6,
      'Opaque version of the object, for concurrency and watches; set by the server.',
    ),
    generation: one('int64', 7, 'Counts changes of the desired state; set by the server.'),
    creationTimestamp: one('time', 8, 'When the object was created; set by the server.'),
    deletionTimestamp: one(
      'time',
      9,
      'When the object will be, or was asked to be, deleted; set by the server.',
      { keepsZero: true },
    ),
    deletionGracePeriodSeconds: one(
      'int64',
      10,
      'Seconds of grace granted to a graceful deletion; set by the server.',
      { keepsZero: true },
    ),
    labels: map('string', 11, 'Keys and values by which selectors find the object.'),
    annotations: map('string', 12, 'Keys and values that tools keep with the object; not for selection.'),
    ownerReferences: list(OwnerReference, 13, 'Owners of the object; when all are gone it is collected.', {
      mapKeys: ['uid'],
      mergeKey: 'uid',
    }),
    finalizers: list('string', 14, 'Must be empty before the object is removed.', {
      listType: 'set',
      mergeKey: '',
    }),
    managedFields: list(ManagedFieldsEntry, 17, 'Which manager owns which fields; kept by the server.'),
  },
);
export interface ObjectMeta extends Infer<typeof ObjectMeta> {}
