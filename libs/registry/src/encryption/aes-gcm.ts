import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { keyFingerprint } from './key-fingerprint.ts';
import { ENCRYPTED, type NamedKey, type Provider } from './provider.ts';
import { DecryptionError } from './transformer.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Provider `aesgcm`: nonce, ciphertext and tag, with the storage key as additional data
 * (apiserver/pkg/storage/value/encrypt/aes).
 * @param key of 16, 24 or 32 bytes.
 */
export function aesGcm({ name, secret }: NamedKey): Provider {
  return {
    label: `aesgcm:${name}`,
    prefix: `${ENCRYPTED}aesgcm:v1:${name}:`,
    fingerprint: keyFingerprint(secret),
    seal: (plain, context) => seal(secret, plain, context),
    open: (sealed, context) => open(secret, sealed, context),
  };
}

function seal(secret: Buffer, plain: Uint8Array, context: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(algorithm(secret), secret, nonce);
  cipher.setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function open(secret: Buffer, sealed: Buffer, context: string): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES)
    throw new DecryptionError('the stored data was shorter than the required size');
  const decipher = createDecipheriv(algorithm(secret), secret, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  try {
    return Buffer.concat([
      decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)),
      decipher.final(),
    ]);
  } catch (cause) {
    throw new DecryptionError('cipher: message authentication failed', { cause });
  }
}

function algorithm(secret: Buffer): 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm' {
  return `aes-${(secret.length * 8) as 128 | 192 | 256}-gcm`;
}
