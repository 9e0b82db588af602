import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { keyFingerprint } from './key-fingerprint.ts';
import { ENCRYPTED, type NamedKey, type Provider } from './provider.ts';
import { DecryptionError } from './transformer.ts';

const BLOCK_BYTES = 16;

/**
 * Provider `aescbc`: initialization vector and padded ciphertext (apiserver/pkg/storage/value/encrypt/aes). For what
 * is brought along from upstream: nothing tells whether such a value was altered, or belongs to its storage key.
 * @param key of 16, 24 or 32 bytes.
 */
export function aesCbc({ name, secret }: NamedKey): Provider {
  return {
    label: `aescbc:${name}`,
    prefix: `${ENCRYPTED}aescbc:v1:${name}:`,
    fingerprint: keyFingerprint(secret),
    seal: (plain) => seal(secret, plain),
    open: (sealed) => open(secret, sealed),
  };
}

function seal(secret: Buffer, plain: Uint8Array): Buffer {
  const vector = randomBytes(BLOCK_BYTES);
  const cipher = createCipheriv(algorithm(secret), secret, vector);
  return Buffer.concat([vector, cipher.update(plain), cipher.final()]);
}

function open(secret: Buffer, sealed: Buffer): Buffer {
  if (sealed.length < BLOCK_BYTES)
    throw new DecryptionError('the stored data was shorter than the required size');
  if (sealed.length % BLOCK_BYTES !== 0)
    throw new DecryptionError('the stored data is not a multiple of the block size');
  if (sealed.length === BLOCK_BYTES) throw new DecryptionError('invalid PKCS7 data (empty or not padded)');
  const decipher = createDecipheriv(algorithm(secret), secret, sealed.subarray(0, BLOCK_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(BLOCK_BYTES)), decipher.final()]);
  } catch (cause) {
    throw new DecryptionError('invalid padding on input', { cause });
  }
}

function algorithm(secret: Buffer): string {
  return `aes-${secret.length * 8}-cbc`;
}
