import type { KeyObject } from 'node:crypto';
import { PkiError } from './pki-error.ts';

/** What a public key is: the family, and its size in bits. */
export interface KeyDescription {
  readonly algorithm: 'ECDSA' | 'RSA' | 'Ed25519';
  readonly sizeBits: number;
}

/** NIST SP 800-131A: RSA below 2048 bits is disallowed. */
const MIN_RSA_BITS = 2048;

const CURVE_BITS: Readonly<Record<string, number>> = {
  prime256v1: 256,
  'P-256': 256,
  secp384r1: 384,
  'P-384': 384,
  secp521r1: 521,
  'P-521': 521,
};

/** Family and size of a public key. Throws `PkiError` for a family or curve that Hawser does not use. */
export function describeKey(publicKey: KeyObject): KeyDescription {
  const details = publicKey.asymmetricKeyDetails;
  switch (publicKey.asymmetricKeyType) {
    case 'rsa':
      return { algorithm: 'RSA', sizeBits: details?.modulusLength ?? 0 };
    case 'ec': {
      const sizeBits = CURVE_BITS[details?.namedCurve ?? ''];
      if (!sizeBits)
        throw new PkiError(`elliptic curve ${details?.namedCurve ?? 'unknown'} is not supported`);
      return { algorithm: 'ECDSA', sizeBits };
    }
    case 'ed25519':
      return { algorithm: 'Ed25519', sizeBits: 256 };
    default:
      throw new PkiError(`keys of type ${publicKey.asymmetricKeyType ?? 'unknown'} are not supported`);
  }
}

/** Describes a key and throws `PkiError` when it is too weak to be signed, signed with or trusted. */
export function assertStrongKey(publicKey: KeyObject): KeyDescription {
  const description = describeKey(publicKey);
  assertRsaSize(publicKey);
  return description;
}

/** Throws `PkiError` for an RSA key that is too small; says nothing of other families. */
export function assertRsaSize({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): void {
  if (asymmetricKeyType !== 'rsa' && asymmetricKeyType !== 'rsa-pss') return;
  const sizeBits = asymmetricKeyDetails?.modulusLength ?? 0;
  if (sizeBits < MIN_RSA_BITS)
    throw new PkiError(`RSA key of ${sizeBits} bits is too small: at least ${MIN_RSA_BITS} are required`);
}
