import type { TokenVerificationKey } from './token-key.ts';

/** Where the API server tells others how to verify its service account tokens. */
export const OPENID_CONFIGURATION_PATH = '/.well-known/openid-configuration';
export const JWKS_PATH = '/openid/v1/jwks';
/** The media type that upstream serves the key set with. */
export const JWKS_MEDIA_TYPE = 'application/jwk-set+json';

/** The OpenID Connect discovery document of the token issuer (kubernetes/pkg/serviceaccount/openidmetadata.go). */
export function openIdConfiguration(options: {
  readonly issuer: string;
  readonly jwksUri: string;
  readonly keys: readonly TokenVerificationKey[];
}) {
  return {
    issuer: options.issuer,
    jwks_uri: options.jwksUri,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [...new Set(options.keys.map((key) => key.algorithm))].sort(),
  };
}

/** The public keys as a JSON Web Key Set (RFC 7517). */
export function jsonWebKeySet(keys: readonly TokenVerificationKey[]) {
  return {
    keys: keys.map(({ keyId, algorithm, publicKey }) => ({
      use: 'sig',
      kid: keyId,
      alg: algorithm,
      ...publicKey.export({ format: 'jwk' }),
    })),
  };
}
