/** What all encrypted values begin with, whatever wrote them. */
export const ENCRYPTED = 'k8s:enc:';

/** One key of one provider: how it writes and reads values, its prefix aside. */
export interface Provider {
  /** Such as `aesgcm:key1`: for people, who must be able to tell keys apart. */
  readonly label: string;
  /** What its values begin with; empty for `identity`. */
  readonly prefix: string;
  /** Names the key's bytes, and gives nothing of them away: two keys may have one name. */
  readonly fingerprint: string;
  seal(plain: Uint8Array, context: string): Buffer;
  /** @throws DecryptionError */
  open(sealed: Buffer, context: string): Uint8Array;
}

export interface NamedKey {
  readonly name: string;
  readonly secret: Buffer;
}
