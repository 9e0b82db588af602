import { type Infer, list, map, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { NonResourceAttributes, ResourceAttributes } from './access-attributes.ts';

export const SubjectAccessReviewSpec = message(
  'io.k8s.api.authorization.v1.SubjectAccessReviewSpec',
  'Who would do what; one of the two kinds of attributes is set.',
  {
    resourceAttributes: one(ResourceAttributes, 1, 'A request for resources.'),
    nonResourceAttributes: one(NonResourceAttributes, 2, 'A request for another path.'),
    user: one('string', 3, 'Name of the user.'),
    groups: list('string', 4, 'Groups of the user.'),
    extra: map('stringList', 5, 'Further attributes of the user.'),
    uid: one('string', 6, 'UID of the user.'),
  },
);
export interface SubjectAccessReviewSpec extends Infer<typeof SubjectAccessReviewSpec> {}

export const SubjectAccessReviewStatus = message(
  'io.k8s.api.authorization.v1.SubjectAccessReviewStatus',
  'Whether it may be done.',
  {
    allowed: one('bool', 1, 'Whether it is allowed.', { required: true }),
    denied: one('bool', 4, 'Whether it is forbidden outright, which no other authorizer can overrule.'),
    reason: one('string', 2, 'Why.'),
    evaluationError: one('string', 3, 'What went wrong on the way to the answer.'),
  },
);
export interface SubjectAccessReviewStatus extends Infer<typeof SubjectAccessReviewStatus> {}

export const SubjectAccessReviewSchema = message(
  'io.k8s.api.authorization.v1.SubjectAccessReview',
  'Asks whether a user may do something.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata; not needed.', { keepsZero: false }),
    spec: one(SubjectAccessReviewSpec, 2, 'Who, and what.', { required: true }),
    status: one(SubjectAccessReviewStatus, 3, 'The answer.', { keepsZero: false }),
  },
);
export interface SubjectAccessReview extends KindObject<typeof SubjectAccessReviewSchema> {}

export const subjectAccessReviews = kind({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
  verbs: ['create'],
  schema: SubjectAccessReviewSchema,
});
