import { randomBytes } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { keyFingerprint } from './key-fingerprint.ts';
import { ENCRYPTED, type NamedKey, type Provider } from './provider.ts';
import { DecryptionError } from './transformer.ts';

const NONCE_BYTES = 24;
const TAG_BYTES = 16;

/**
 * Provider `secretbox`: nonce, then tag and ciphertext of XSalsa20 and Poly1305, as NaCl's secretbox
 * (apiserver/pkg/storage/value/encrypt/secretbox). The storage key is not bound to the value, as upstream: whoever
 * writes the store's file may put one value in another's place.
 * @param key of 32 bytes.
 */
export function secretbox({ name, secret }: NamedKey): Provider {
  return {
    label: `secretbox:${name}`,
    prefix: `${ENCRYPTED}secretbox:v1:${name}:`,
    fingerprint: keyFingerprint(secret),
    seal(plain) {
      const nonce = randomBytes(NONCE_BYTES);
      return Buffer.concat([nonce, xsalsa20poly1305(secret, nonce).encrypt(plain)]);
    },
    open(sealed) {
      if (sealed.length < NONCE_BYTES + TAG_BYTES)
        throw new DecryptionError('the stored data was shorter than the required size');
      try {
        return xsalsa20poly1305(secret, sealed.subarray(0, NONCE_BYTES)).decrypt(
          sealed.subarray(NONCE_BYTES),
        );
      } catch (cause) {
        throw new DecryptionError('output array was not large enough for encryption', { cause });
      }
    },
  };
}
