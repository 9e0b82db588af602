import { createPublicKey, type KeyObject } from 'node:crypto';
import { assertRsaSize } from '@hawser/pki';

/** A public key of an issuer. */
export interface JsonWebKey {
  readonly keyId: string;
  /** The only one that it is for, where the issuer says so. */
  readonly algorithm: string | undefined;
  readonly publicKey: KeyObject;
}

/**
 * The keys of a JSON Web Key Set that can verify signatures (RFC 7517). Others in it, symmetric ones above all, are
 * left out, as the RFC has it: an issuer may have keys for other purposes.
 * @throws TypeError for what is no key set.
 */
export function readKeySet(value: unknown): JsonWebKey[] {
  const keys = (value as { keys?: unknown } | null)?.keys;
  if (!Array.isArray(keys)) throw new TypeError('there is no key set');
  return keys.flatMap((key) => readKey(key) ?? []);
}

function readKey(value: unknown): JsonWebKey | undefined {
  const { kty, kid, use, alg, n, e, crv, x, y } = (value ?? {}) as Readonly<Record<string, string>>;
  if (use !== undefined && use !== 'sig') return undefined;
  const parts = kty === 'RSA' ? { kty, n, e } : kty === 'EC' ? { kty, crv, x, y } : undefined;
  if (parts === undefined) return undefined;
  try {
    const publicKey = createPublicKey({ key: parts as never, format: 'jwk' });
    assertRsaSize(publicKey);
    return { keyId: typeof kid === 'string' ? kid : '', algorithm: alg, publicKey };
  } catch {
    return undefined;
  }
}
