import { type Infer, list, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { UserInfo } from './user-info.ts';

export const TokenReviewSpec = message(
  'io.k8s.api.authentication.v1.TokenReviewSpec',
  'A token to look at.',
  {
    token: one('string', 1, 'The bearer token.', { required: true, inOpenApi: 'optional', keepsZero: false }),
    audiences: list('string', 2, 'For whom the token should be; the API server if empty.'),
  },
);
export interface TokenReviewSpec extends Infer<typeof TokenReviewSpec> {}

export const TokenReviewStatus = message(
  'io.k8s.api.authentication.v1.TokenReviewStatus',
  'What the token turned out to be.',
  {
    authenticated: one('bool', 1, 'Whether it is good.'),
    user: one(UserInfo, 2, 'Whose it is.', { keepsZero: false }),
    audiences: list('string', 4, 'Which of the audiences it is for.'),
    error: one('string', 3, 'Why it could not be checked.'),
  },
);
export interface TokenReviewStatus extends Infer<typeof TokenReviewStatus> {}

export const TokenReviewSchema = message(
  'io.k8s.api.authentication.v1.TokenReview',
  'Asks whose a token is.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata; not needed.', { keepsZero: false }),
    spec: one(TokenReviewSpec, 2, 'The token.', { required: true }),
    status: one(TokenReviewStatus, 3, 'The answer.', { keepsZero: false }),
  },
);
export interface TokenReview extends KindObject<typeof TokenReviewSchema> {}

export const tokenReviews = kind({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenReview',
  plural: 'tokenreviews',
  namespaced: false,
  verbs: ['create'],
  schema: TokenReviewSchema,
});
