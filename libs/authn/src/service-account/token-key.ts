import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';

/**
 * Keys for service account tokens. node:crypto directly, not jose: jose's calls are asynchronous, and a
 * request with a bearer token would wait a turn of the event loop or more for 13 µs (RSA) to 36 µs (ECDSA) of
 * work. The format is small enough to read here whole; the tests check it against jose.
 */
export type TokenAlgorithm = 'RS256' | 'ES256' | 'ES384' | 'ES512';

export class TokenKeyError extends Error {
  override name = 'TokenKeyError';
}

/** What checks signatures: one algorithm, fixed by the key and never by the token's header. */
export interface TokenVerificationKey {
  readonly keyId: string;
  readonly algorithm: TokenAlgorithm;
  readonly publicKey: KeyObject;
}

export interface TokenSigningKey extends TokenVerificationKey {
  readonly privateKey: KeyObject;
}

const CURVES: Readonly<Record<string, TokenAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};
/** Upstream takes any. */
const MIN_RSA_BITS = 2048;
const DIGESTS = { RS256: 'sha256', ES256: 'sha256', ES384: 'sha384', ES512: 'sha512' } as const;

/** @throws TokenKeyError for keys other than RSA and ECDSA on P-256, P-384, P-521, as upstream, and for small RSA keys. */
export function tokenSigningKey(privateKey: KeyObject): TokenSigningKey {
  return { ...tokenVerificationKey(createPublicKey(privateKey)), privateKey };
}

/** @throws TokenKeyError for keys other than RSA and ECDSA on P-256, P-384, P-521, as upstream, and for small RSA keys. */
export function tokenVerificationKey(publicKey: KeyObject): TokenVerificationKey {
  return { keyId: keyIdOf(publicKey), algorithm: algorithmOf(publicKey), publicKey };
}

/** The SHA-256 of the SubjectPublicKeyInfo in base64url: names the key, gives nothing of it away. */
function keyIdOf(publicKey: KeyObject): string {
  const der = publicKey.export({ type: 'spki', format: 'der' });
  return createHash('sha256').update(der).digest('base64url');
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): TokenAlgorithm {
  if (asymmetricKeyType === 'rsa') {
    const sizeBits = asymmetricKeyDetails?.modulusLength ?? 0;
    if (sizeBits < MIN_RSA_BITS)
      throw new TokenKeyError(
        `RSA key of ${sizeBits} bits is too small: at least ${MIN_RSA_BITS} are required`,
      );
    return 'RS256';
  }
  const algorithm = asymmetricKeyType === 'ec' ? CURVES[asymmetricKeyDetails?.namedCurve ?? ''] : undefined;
  if (algorithm === undefined)
    throw new TokenKeyError('service account keys must be RSA, or ECDSA on P-256, P-384 or P-521');
  return algorithm;
}

// JWS carries ECDSA signatures as r and s side by side (RFC 7518 3.4), not in DER; RSA keys ignore the option.
const dsaEncoding = 'ieee-p1363';

export function signBytes({ privateKey, algorithm }: TokenSigningKey, data: string): Buffer {
  return sign(DIGESTS[algorithm], Buffer.from(data), { key: privateKey, dsaEncoding });
}

export function verifyBytes(key: TokenVerificationKey, data: string, signature: Buffer): boolean {
  return verify(DIGESTS[key.algorithm], Buffer.from(data), { key: key.publicKey, dsaEncoding }, signature);
}
