import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { DecryptionError, type Transformer } from './transformer.ts';

export interface NamedKey {
  readonly name: string;
  /** 16, 24 or 32 bytes. */
  readonly secret: Buffer;
}

const MAGIC = 'k8s:enc:';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-GCM in upstream's form: `k8s:enc:aesgcm:v1:NAME:`, then nonce, ciphertext and tag, with the storage key as
 * additional data (apiserver/pkg/storage/value/encrypt/aes). The first key writes; all of them read.
 * @param allowPlain whether values from before encryption was on may still be read (provider `identity`).
 */
export function aesGcmTransformer(keys: readonly NamedKey[], allowPlain: boolean): Transformer {
  const rings = keys.map((key) => ({ key, prefix: Buffer.from(`${MAGIC}aesgcm:v1:${key.name}:`) }));
  const first = rings[0];
  if (first === undefined) throw new Error('an aesgcm provider needs at least one key');
  return {
    encrypt: (plain, context) => Buffer.concat([first.prefix, seal(first.key.secret, plain, context)]),
    decrypt(stored, context) {
      const value = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
      const ring = rings.find(({ prefix }) => value.subarray(0, prefix.length).equals(prefix));
      if (ring !== undefined) return open(ring.key.secret, value.subarray(ring.prefix.length), context);
      if (allowPlain && !value.subarray(0, MAGIC.length).equals(Buffer.from(MAGIC))) return value;
      throw new DecryptionError(
        `no matching key was found for the provided AES-GCM transformer: the value was written with ${keyNameOf(value)}`,
      );
    },
  };
}

/** What the operator has to look for. */
function keyNameOf(value: Buffer): string {
  const head = value.subarray(0, 256).toString('latin1');
  const name = /^k8s:enc:aesgcm:v1:([^:]+):/.exec(head)?.[1];
  return name === undefined ? 'none' : JSON.stringify(name);
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
  const decipher = createDecipheriv(algorithm(secret), secret, sealed.subarray(0, NONCE_BYTES));
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  try {
    return Buffer.concat([
      decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)),
      decipher.final(),
    ]);
  } catch (cause) {
    throw new DecryptionError('the stored data does not belong to its key, or was altered', { cause });
  }
}

function algorithm(secret: Buffer): 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm' {
  return `aes-${(secret.length * 8) as 128 | 192 | 256}-gcm`;
}
