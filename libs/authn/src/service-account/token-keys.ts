import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import {
  TokenKeyError,
  type TokenSigningKey,
  type TokenVerificationKey,
  tokenSigningKey,
  tokenVerificationKey,
} from './token-key.ts';

/** The keys of service account tokens at one time: made anew, never changed, when the files say something else. */
export interface TokenKeys {
  readonly signing: TokenSigningKey;
  /** All that are trusted: the one that signs now, and those that signed before, each once. */
  readonly verification: readonly TokenVerificationKey[];
}

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g;

/**
 * What `--service-account-signing-key-file` and each `--service-account-key-file` hold.
 * @throws TokenKeyError where a file holds no key of use.
 */
export function readTokenKeys(signingPem: string, verificationPems: readonly string[]): TokenKeys {
  const signing = readSigningKey(signingPem);
  const all = [signing, ...verificationPems.flatMap(readVerificationKeys)];
  const byId = new Map(
    all.map(({ keyId, algorithm, publicKey }) => [keyId, { keyId, algorithm, publicKey }]),
  );
  return { signing, verification: [...byId.values()] };
}

/** @throws TokenKeyError where there is no RSA or ECDSA private key. */
export function readSigningKey(pem: string): TokenSigningKey {
  const [key] = keysIn(pem, createPrivateKey);
  if (key === undefined) throw new TokenKeyError('data does not contain a valid RSA or ECDSA private key');
  return tokenSigningKey(key);
}

/**
 * The public keys of a file, in any number of PEM blocks: public keys, certificates, or private keys, of which the
 * public half is taken. Other blocks are passed over (client-go/util/keyutil, `ParsePublicKeysPEM`).
 * @throws TokenKeyError where there is none, or one is of a sort that signs no tokens.
 */
export function readVerificationKeys(pem: string): TokenVerificationKey[] {
  const keys = keysIn(pem, createPublicKey);
  if (keys.length === 0) throw new TokenKeyError('data does not contain any valid RSA or ECDSA public keys');
  return keys.map(tokenVerificationKey);
}

const count = (pem: string, word: string) => pem.split(`-----${word} `).length;

/** @throws TokenKeyError for a file that is cut off: a key that is half written must not pass for one that was removed. */
function keysIn(pem: string, read: (block: string) => KeyObject): KeyObject[] {
  if (count(pem, 'BEGIN') !== count(pem, 'END')) throw new TokenKeyError('a key is cut off');
  return (pem.match(BLOCK) ?? []).flatMap((block) => {
    try {
      return [read(block)];
    } catch {
      return [];
    }
  });
}
