import { type Infer, list, message, one } from '@hawser/api';

/**
 * AuthenticationConfiguration of apiserver.config.k8s.io/v1 and v1beta1, which are alike
 * (apiserver/pkg/apis/apiserver/v1/types.go). A file and never an object: the numbers are only its order.
 */

const Issuer = message('apiserver.config.k8s.io.Issuer', 'Who signs the tokens.', {
  url: one('string', 1, 'As it stands in their claim iss.'),
  discoveryURL: one('string', 2, 'Where its discovery document is, if not below its URL.'),
  certificateAuthority: one(
    'string',
    3,
    'The CAs of which one must vouch for it, in PEM; those of the system where absent.',
  ),
  audiences: list('string', 4, 'Of which a token must be for at least one.'),
  audienceMatchPolicy: one('string', 5, 'MatchAny.'),
  egressSelectorType: one('string', 6, 'cluster: through the way to nodes and pods. Directly where absent.'),
});

const ClaimValidationRule = message('apiserver.config.k8s.io.ClaimValidationRule', 'What claims must be.', {
  claim: one('string', 1, ''),
  requiredValue: one('string', 2, ''),
  expression: one('string', 3, 'Over claims, to a bool.'),
  message: one('string', 4, ''),
});

const PrefixedClaimOrExpression = message('apiserver.config.k8s.io.PrefixedClaimOrExpression', '', {
  claim: one('string', 1, ''),
  prefix: one('string', 2, '', { keepsZero: true }),
  expression: one('string', 3, ''),
});

const ClaimOrExpression = message('apiserver.config.k8s.io.ClaimOrExpression', '', {
  claim: one('string', 1, ''),
  expression: one('string', 2, ''),
});

const ExtraMapping = message('apiserver.config.k8s.io.ExtraMapping', '', {
  key: one('string', 1, ''),
  valueExpression: one('string', 2, ''),
});

const ClaimMappings = message('apiserver.config.k8s.io.ClaimMappings', 'Whom claims stand for.', {
  username: one(PrefixedClaimOrExpression, 1, ''),
  groups: one(PrefixedClaimOrExpression, 2, ''),
  uid: one(ClaimOrExpression, 3, ''),
  extra: list(ExtraMapping, 4, ''),
});

const UserValidationRule = message('apiserver.config.k8s.io.UserValidationRule', 'What users must be.', {
  expression: one('string', 1, 'Over user, to a bool.'),
  message: one('string', 2, ''),
});

const JwtAuthenticator = message('apiserver.config.k8s.io.JWTAuthenticator', 'One issuer.', {
  issuer: one(Issuer, 1, ''),
  claimValidationRules: list(ClaimValidationRule, 2, ''),
  claimMappings: one(ClaimMappings, 3, ''),
  userValidationRules: list(UserValidationRule, 4, ''),
});

const AnonymousAuthCondition = message('apiserver.config.k8s.io.AnonymousAuthCondition', '', {
  path: one('string', 1, 'Taken as it is.'),
});

const AnonymousAuth = message(
  'apiserver.config.k8s.io.AnonymousAuthConfig',
  'Requests without a credential.',
  {
    enabled: one('bool', 1, ''),
    conditions: list(AnonymousAuthCondition, 2, 'Of which one must hold.'),
  },
);

export const AuthenticationConfigurationSchema = message(
  'apiserver.config.k8s.io.AuthenticationConfiguration',
  'Who is who.',
  { jwt: list(JwtAuthenticator, 1, ''), anonymous: one(AnonymousAuth, 2, '') },
);

export type AuthenticationConfiguration = Infer<typeof AuthenticationConfigurationSchema>;
export type JwtConfiguration = Infer<typeof JwtAuthenticator>;
export type IssuerConfiguration = Infer<typeof Issuer>;
export type ClaimMappingsConfiguration = Infer<typeof ClaimMappings>;
export type MappingConfiguration = Infer<typeof PrefixedClaimOrExpression>;

export const AUTHENTICATION_CONFIGURATION = {
  kind: 'AuthenticationConfiguration',
  apiVersions: ['apiserver.config.k8s.io/v1', 'apiserver.config.k8s.io/v1beta1'],
  schema: AuthenticationConfigurationSchema,
};
