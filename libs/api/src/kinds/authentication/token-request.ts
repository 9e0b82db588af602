import { type Infer, list, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { ObjectMeta } from '../meta/object-meta.ts';

export const BoundObjectReference = message(
  'io.k8s.api.authentication.v1.BoundObjectReference',
  'An object with whose deletion a token ends.',
  {
    kind: one('string', 1, 'Pod, Node or Secret.'),
    apiVersion: one('string', 2, 'API version of the object.'),
    name: one('string', 3, 'Name of the object.'),
    uid: one('string', 4, 'UID of the object.'),
  },
);
export interface BoundObjectReference extends Infer<typeof BoundObjectReference> {}

export const TokenRequestSpec = message(
  'io.k8s.api.authentication.v1.TokenRequestSpec',
  'What token is asked for.',
  {
    audiences: list('string', 1, 'For whom the token shall be; the API server if empty.', {
      keepsZero: true,
    }),
    expirationSeconds: one('int64', 4, 'Lifetime asked for.', { keepsZero: true, default: 3600 }),
    boundObjectRef: one(BoundObjectReference, 3, "An object that the token's life is bound to."),
  },
);
export interface TokenRequestSpec extends Infer<typeof TokenRequestSpec> {}

export const TokenRequestStatus = message(
  'io.k8s.api.authentication.v1.TokenRequestStatus',
  'The token that was made.',
  {
    token: one('string', 1, 'The token.', { keepsZero: true, pointer: false }),
    expirationTimestamp: one('time', 2, 'When it expires.'),
  },
);
export interface TokenRequestStatus extends Infer<typeof TokenRequestStatus> {}

export const TokenRequestSchema = message(
  'io.k8s.api.authentication.v1.TokenRequest',
  'Asks for a token of a service account.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata; not needed.', { keepsZero: false }),
    spec: one(TokenRequestSpec, 2, 'What is asked for.', { keepsZero: false }),
    status: one(TokenRequestStatus, 3, 'The answer.', { keepsZero: false }),
  },
);
export interface TokenRequest extends KindObject<typeof TokenRequestSchema> {}

export const tokenRequests = kind({
  group: 'authentication.k8s.io',
  version: 'v1',
  kind: 'TokenRequest',
  plural: 'tokenrequests',
  namespaced: true,
  verbs: ['create'],
  schema: TokenRequestSchema,
});
