import { type Infer, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { UserInfo } from './user-info.ts';

export const SelfSubjectReviewStatus = message(
  'io.k8s.api.authentication.v1.SelfSubjectReviewStatus',
  'Who the server takes the client for.',
  {
    userInfo: one(UserInfo, 1, 'The identity.', { keepsZero: false }),
  },
);
export interface SelfSubjectReviewStatus extends Infer<typeof SelfSubjectReviewStatus> {}

export const SelfSubjectReviewSchema = message(
  'io.k8s.api.authentication.v1.SelfSubjectReview',
  'Asks who the client itself is.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata; not needed.', { keepsZero: false }),
    status: one(SelfSubjectReviewStatus, 2, 'The answer.', { keepsZero: false }),
  },
);
export interface SelfSubjectReview extends KindObject<typeof SelfSubjectReviewSchema> {}

export const selfSubjectReviews = kind({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'SelfSubjectReview',
  plural: 'selfsubjectreviews',
  namespaced: false,
  verbs: ['create'],
  schema: SelfSubjectReviewSchema,
});
