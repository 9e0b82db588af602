import { constants, type KeyObject, verify } from 'node:crypto';

/** Upstream's. None is symmetric, and `none` is none of them: what a key verifies is fixed by the key, not by a token. */
export const SIGNING_ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
] as const;

export type SigningAlgorithm = (typeof SIGNING_ALGORITHMS)[number];

const CURVES = { ES256: 'prime256v1', ES384: 'secp384r1', ES512: 'secp521r1' } as const;

export function isSigningAlgorithm(name: unknown): name is SigningAlgorithm {
  return (SIGNING_ALGORITHMS as readonly unknown[]).includes(name);
}

/** Whether a key is of the kind that an algorithm takes: an RSA key for RS and PS, one on the curve for ES. */
export function fits(
  { asymmetricKeyType, asymmetricKeyDetails }: KeyObject,
  algorithm: SigningAlgorithm,
): boolean {
  if (algorithm in CURVES)
    return (
      asymmetricKeyType === 'ec' &&
      asymmetricKeyDetails?.namedCurve === CURVES[algorithm as keyof typeof CURVES]
    );
  return asymmetricKeyType === 'rsa';
}

/** Whether a key that fits made the signature (RFC 7518 3.3 to 3.5). */
export function isSignedBy(
  publicKey: KeyObject,
  algorithm: SigningAlgorithm,
  data: string,
  signature: Buffer,
): boolean {
  const key = { key: publicKey, dsaEncoding: 'ieee-p1363' as const };
  const padding = algorithm.startsWith('PS')
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    : {};
  return verify(`sha${algorithm.slice(2)}`, Buffer.from(data), { ...key, ...padding }, signature);
}
