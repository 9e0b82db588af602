/** What was stored, and with what it was written. */
export interface Unsealed {
  readonly plain: Uint8Array;
  /** The provider and key that wrote it, as `Transformer.writesWith` of the time gave it. */
  readonly sealedWith: string;
}

/** Turns what is stored of a kind into something that only the key's holder can read, and back. */
export interface Transformer {
  /** The provider and key that write now. What was written with anything else is stale. */
  readonly writesWith: string;
  /** All that can be read, the first of them writes. */
  readonly reads: readonly string[];
  /** @param context bound to the value: what was written under one key cannot be passed off under another. */
  encrypt(plain: Uint8Array, context: string): Buffer;
  /** @throws DecryptionError when no key fits or the value was altered. */
  decrypt(stored: Uint8Array, context: string): Unsealed;
}

/** Finds the transformer of a resource, such as `secrets` or `deployments.apps`; undefined where it is stored as it is. */
export type TransformerFor = (resource: string) => Transformer | undefined;

export class DecryptionError extends Error {
  override name = 'DecryptionError';
}
