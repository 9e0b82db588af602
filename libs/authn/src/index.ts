export type { Authenticated, Authentication, Rejected, TokenAuthenticator } from './authentication.ts';
export { bearerToken, type WebSocketToken, webSocketToken } from './bearer-token.ts';
export {
  BOOTSTRAP_GROUP,
  BOOTSTRAP_TOKEN_NAMESPACE,
  BOOTSTRAP_TOKEN_SECRET_PREFIX,
  BOOTSTRAP_TOKEN_SECRET_TYPE,
  BOOTSTRAP_USER_PREFIX,
  type BootstrapToken,
  bootstrapGroups,
  parseBootstrapToken,
  signingToken,
} from './bootstrap-token.ts';
export { BootstrapTokenAuthenticator } from './bootstrap-token-authenticator.ts';
export { isSignedDetached, signDetached } from './detached-signature.ts';
export { CREDENTIAL_ID, NODE_NAME, NODE_UID, POD_NAME, POD_UID } from './extra-keys.ts';
export {
  ALL_AUTHENTICATED,
  ALL_UNAUTHENTICATED,
  ANONYMOUS,
  type Identity,
  SYSTEM_MASTERS,
} from './identity.ts';
export {
  type Impersonation,
  type ImpersonationCheck,
  isImpersonationHeader,
  parseImpersonation,
  type WantedUser,
  withAuthenticated,
} from './impersonation.ts';
export type { Lister } from './lister.ts';
export {
  CelError,
  type CelExpression,
  type CelResult,
  claimsExpression,
  userExpression,
} from './oidc/cel-expression.ts';
export { IssuerKeys, type IssuerKeysOptions } from './oidc/issuer-keys.ts';
export { JwtAuthenticator, type JwtAuthenticatorOptions } from './oidc/jwt-authenticator.ts';
export type { CheckedExpression, JwtRules, PrefixedClaim } from './oidc/jwt-rules.ts';
export { isSigningAlgorithm, SIGNING_ALGORITHMS, type SigningAlgorithm } from './oidc/signing-algorithms.ts';
export {
  type RequestAuthentication,
  RequestAuthenticator,
  type RequestAuthenticatorOptions,
  type RequestCredentials,
} from './request-authenticator.ts';
export {
  ACCOUNT_NAME_ANNOTATION,
  ACCOUNT_UID_ANNOTATION,
  INVALID_SINCE_LABEL,
  LAST_USED_LABEL,
  LEGACY_TOKEN_SECRET_TYPE,
  signLegacyToken,
  TRACKING_CONFIG_MAP,
} from './service-account/legacy-token.ts';
export {
  LegacyTokenAuthenticator,
  type LegacyTokenAuthenticatorOptions,
} from './service-account/legacy-token-authenticator.ts';
export {
  JWKS_MEDIA_TYPE,
  JWKS_PATH,
  jsonWebKeySet,
  OPENID_CONFIGURATION_PATH,
  openIdConfiguration,
} from './service-account/openid.ts';
export type { BoundReference } from './service-account/service-account-claims.ts';
export {
  ALL_SERVICE_ACCOUNTS,
  parseServiceAccountUser,
  serviceAccountGroups,
  serviceAccountUser,
} from './service-account/service-account-name.ts';
export {
  ServiceAccountTokenAuthenticator,
  type ServiceAccountTokenAuthenticatorOptions,
} from './service-account/service-account-token-authenticator.ts';
export {
  type IssuedToken,
  ServiceAccountTokenIssuer,
  type TokenOrder,
} from './service-account/service-account-token-issuer.ts';
export {
  TokenKeyError,
  type TokenSigningKey,
  type TokenVerificationKey,
  tokenSigningKey,
  tokenVerificationKey,
} from './service-account/token-key.ts';
export { readSigningKey, readTokenKeys, type TokenKeys } from './service-account/token-keys.ts';
export type { TokenUse } from './service-account/token-uses.ts';
export { UnionTokenAuthenticator } from './union-token-authenticator.ts';
export { type PeerCertificate, X509Authenticator } from './x509-authenticator.ts';
