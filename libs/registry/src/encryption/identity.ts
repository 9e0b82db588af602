import { ENCRYPTED, type Provider } from './provider.ts';
import { DecryptionError } from './transformer.ts';

/** How values are stored that nothing was configured for. */
export const PLAIN = 'identity';

/** Provider `identity`: values as they are. It reads none that another provider has written. */
export const identity: Provider = {
  label: PLAIN,
  prefix: '',
  fingerprint: '',
  seal: (plain) => Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength),
  open(stored) {
    if (isEncrypted(stored)) throw new DecryptionError('identity transformer tried to read encrypted data');
    return stored;
  },
};

export function isEncrypted(stored: Uint8Array): boolean {
  return Buffer.from(stored.buffer, stored.byteOffset, ENCRYPTED.length).equals(Buffer.from(ENCRYPTED));
}
