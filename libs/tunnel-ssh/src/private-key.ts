import { createPublicKey } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { assertRsaSize, PkiError } from '@hawser/pki';
import { type ParsedKey, utils } from 'ssh2';

/** Why a private key file cannot be used. */
export class PrivateKeyError extends Error {
  override name = 'PrivateKeyError';
}

/**
 * Reads the key that the hub logs in with.
 * @returns the file's text, which holds one private key without a passphrase.
 * @throws PrivateKeyError where others may read the file (as ssh does), or there is no such key in it.
 */
export function readPrivateKey(path: string): string {
  const text = readPrivateFile(path);
  const parsed = utils.parseKey(text);
  if (parsed instanceof Error) {
    const why = /encrypted/i.test(parsed.message)
      ? 'the key has a passphrase: there is nobody to type it, make one without (`ssh-keygen -p -N ""`)'
      : `no private key in a format that is understood (${parsed.message})`;
    throw new PrivateKeyError(`${path}: ${why}`);
  }
  const [key] = [parsed].flat();
  if (key?.isPrivateKey() !== true) throw new PrivateKeyError(`${path}: this is a public key`);
  checkStrength(path, key);
  return text;
}

function checkStrength(path: string, key: ParsedKey): void {
  try {
    assertRsaSize(createPublicKey(key.getPublicPEM()));
  } catch (cause) {
    // Ed25519 has no PEM that node reads; it has one size.
    if (cause instanceof PkiError) throw new PrivateKeyError(`${path}: ${cause.message}`, { cause });
  }
}

function readPrivateFile(path: string): string {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (cause) {
    throw new PrivateKeyError(`${path}: ${(cause as Error).message}`, { cause });
  }
  try {
    const { mode, uid } = fstatSync(file);
    if (uid === process.getuid?.() && (mode & 0o077) !== 0) {
      const permissions = (mode & 0o777).toString(8).padStart(4, '0');
      throw new PrivateKeyError(
        `${path}: permissions ${permissions} are too open: a private key must not be accessible by others`,
      );
    }
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}
