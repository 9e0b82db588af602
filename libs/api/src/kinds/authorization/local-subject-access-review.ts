import { message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { SubjectAccessReviewSpec, SubjectAccessReviewStatus } from './subject-access-review.ts';

export const LocalSubjectAccessReviewSchema = message(
  'io.k8s.api.authorization.v1.LocalSubjectAccessReview',
  'Asks whether a user may do something in one namespace.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata; not needed.', { keepsZero: false }),
    spec: one(SubjectAccessReviewSpec, 2, 'Who, and what; its namespace is that of the request.', {
      required: true,
    }),
    status: one(SubjectAccessReviewStatus, 3, 'The answer.', { keepsZero: false }),
  },
);
export interface LocalSubjectAccessReview extends KindObject<typeof LocalSubjectAccessReviewSchema> {}

export const localSubjectAccessReviews = kind({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'LocalSubjectAccessReview',
  plural: 'localsubjectaccessreviews',
  namespaced: true,
  verbs: ['create'],
  schema: LocalSubjectAccessReviewSchema,
});
