import { type Infer, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { NonResourceAttributes, ResourceAttributes } from './access-attributes.ts';
import { SubjectAccessReviewStatus } from './subject-access-review.ts';

export const SelfSubjectAccessReviewSpec = message(
  'io.k8s.api.authorization.v1.SelfSubjectAccessReviewSpec',
  'What the client would do; one of the two is set.',
  {
    resourceAttributes: one(ResourceAttributes, 1, 'A request for resources.'),
    nonResourceAttributes: one(NonResourceAttributes, 2, 'A request for another path.'),
  },
);
export interface SelfSubjectAccessReviewSpec extends Infer<typeof SelfSubjectAccessReviewSpec> {}

export const SelfSubjectAccessReviewSchema = message(
  'io.k8s.api.authorization.v1.SelfSubjectAccessReview',
  'Asks whether the client itself may do something.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata; not needed.', { keepsZero: false }),
    spec: one(SelfSubjectAccessReviewSpec, 2, 'What.', { required: true }),
    status: one(SubjectAccessReviewStatus, 3, 'The answer.', { keepsZero: false }),
  },
);
export interface SelfSubjectAccessReview extends KindObject<typeof SelfSubjectAccessReviewSchema> {}

export const selfSubjectAccessReviews = kind({
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectAccessReview',
  plural: 'selfsubjectaccessreviews',
  namespaced: false,
  verbs: ['create'],
  schema: SelfSubjectAccessReviewSchema,
});
