/** Turns what is stored of a kind into something that only the key's holder can read, and back. */
export interface Transformer {
  /** @param context bound to the value: what was written under one key cannot be passed off under another. */
  encrypt(plain: Uint8Array, context: string): Buffer;
  /** @throws DecryptionError when no key fits or the value was altered. */
  decrypt(stored: Uint8Array, context: string): Uint8Array;
}

export class DecryptionError extends Error {
  override name = 'DecryptionError';
}

/** Leaves values as they are. */
export const identityTransformer: Transformer = {
  encrypt: (plain) => Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength),
  decrypt: (stored) => stored,
};
