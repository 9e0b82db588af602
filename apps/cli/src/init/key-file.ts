import { existsSync, readFileSync } from 'node:fs';
import { encodePrivateKey, generateKeyPair, type KeyPair, type KeyPairKind, loadKeyPair } from '@hawser/pki';
import { writeFileAtomic } from '@hawser/runtime';

/**
 * The key in the file, or a new one written there, whole and readable by its owner only. A key that exists is
 * never replaced: what it has signed would stop being believed. Throws `PkiError` when the file holds none.
 */
export function ensureKey(path: string, kind: KeyPairKind = 'ecdsa-p256'): KeyPair {
  if (existsSync(path)) return loadKeyPair(readFileSync(path, 'utf8'));
  const keyPair = generateKeyPair(kind);
  writeFileAtomic(path, encodePrivateKey(keyPair), 0o600);
  return keyPair;
}
