import { type Infer, list, message, one } from '../../schema/fields.ts';
import type { KindObject } from '../../schema/kind.ts';
import { ListMeta } from './list-meta.ts';

export const StatusCause = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause',
  'One fault among those of a failure.',
  {
    reason: one('string', 1, 'The fault in one word.'),
    message: one('string', 2, 'The fault in words for people.'),
    field: one('string', 3, 'Path of the JSON field at fault, such as `spec.containers[0].name`.'),
  },
);
export interface StatusCause extends Infer<typeof StatusCause> {}

export const StatusDetails = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails',
  'What a failure was about.',
  {
    name: one('string', 1, 'Name of the resource concerned.'),
    group: one('string', 2, 'Group of the resource concerned.'),
    kind: one('string', 3, 'Kind, or resource, concerned.'),
    uid: one('string', 6, 'UID of the object concerned.'),
    causes: list(StatusCause, 4, 'The single faults that made up the failure.'),
    retryAfterSeconds: one('int32', 5, 'How long to wait before another try.'),
  },
);
export interface StatusDetails extends Infer<typeof StatusDetails> {}

export const Status = message(
  'io.k8s.apimachinery.pkg.apis.meta.v1.Status',
  'The outcome of a request that returns no object.',
  {
    metadata: one(ListMeta, 1, 'Standard list metadata.', { keepsZero: false }),
    status: one('string', 2, 'Success or Failure.'),
    message: one('string', 3, 'The outcome in words for people.'),
    reason: one('string', 4, 'The outcome in one word for machines.'),
    details: one(StatusDetails, 5, 'More for machines, depending on the reason.'),
    code: one('int32', 6, 'The HTTP status code.'),
  },
);
export interface Status extends KindObject<typeof Status> {}
