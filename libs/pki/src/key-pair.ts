import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { assertStrongKey } from './key-strength.ts';
import { decodePem } from './pem.ts';
import { PkiError } from './pki-error.ts';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export type KeyPairKind = 'ecdsa-p256' | 'ecdsa-p384' | 'rsa-2048' | 'rsa-3072' | 'rsa-4096' | 'ed25519';

const GENERATORS: Record<KeyPairKind, () => KeyPair> = {
  'ecdsa-p256': () => generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'ecdsa-p384': () => generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'rsa-2048': () => generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'rsa-3072': () => generateKeyPairSync('rsa', { modulusLength: 3072 }),
  'rsa-4096': () => generateKeyPairSync('rsa', { modulusLength: 4096 }),
  ed25519: () => generateKeyPairSync('ed25519'),
};

/** A new key pair. ECDSA and Ed25519 take a fraction of a millisecond; RSA blocks for 0.1–2 s. */
export function generateKeyPair(kind: KeyPairKind = 'ecdsa-p256'): KeyPair {
  return GENERATORS[kind]();
}

/** The private key as PKCS#8 PEM (`PRIVATE KEY`), which openssl, Go and every Kubernetes component read. */
export function encodePrivateKey(keyPair: KeyPair): string {
  return keyPair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** The public key as SPKI PEM (`PUBLIC KEY`), the form of a cluster's `sa.pub`. */
export function encodePublicKey(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'pem' }).toString();
}

/**
 * Reads the first unencrypted private key in a PEM text (PKCS#8, SEC1 or PKCS#1); other blocks, such as the
 * certificate in `kubelet-client-current.pem`, may stand around it. Throws `PkiError` when there is none or
 * when the key is too weak.
 */
export function loadKeyPair(pem: string): KeyPair {
  const block = decodePem(pem).find(({ label }) => label.endsWith('PRIVATE KEY'));
  if (!block) throw new PkiError('no PEM block with a private key');
  const privateKey = readPrivateKey(block.label, block.der);
  const publicKey = createPublicKey(privateKey);
  assertStrongKey(publicKey);
  return { privateKey, publicKey };
}

/** Reads every public key in a PEM text: public keys, certificates' keys excluded, and private keys' halves. */
export function loadPublicKeys(pem: string): KeyObject[] {
  const keys = decodePem(pem).flatMap(({ label, der }) => {
    if (label === 'PUBLIC KEY') return [readPublicKey(der)];
    return label.endsWith('PRIVATE KEY') ? [createPublicKey(readPrivateKey(label, der))] : [];
  });
  if (keys.length === 0) throw new PkiError('no PEM block with a public or private key');
  for (const key of keys) assertStrongKey(key);
  return keys;
}

/** A public key from SubjectPublicKeyInfo DER. Throws `PkiError` for what is not one. */
export function readPublicKey(spki: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch (cause) {
    throw new PkiError('public key cannot be read: malformed, or of a kind that is not supported', { cause });
  }
}

const PRIVATE_KEY_TYPES = {
  'PRIVATE KEY': 'pkcs8',
  'EC PRIVATE KEY': 'sec1',
  'RSA PRIVATE KEY': 'pkcs1',
} as const;

function readPrivateKey(label: string, der: Buffer): KeyObject {
  const type = PRIVATE_KEY_TYPES[label as keyof typeof PRIVATE_KEY_TYPES];
  if (!type) throw new PkiError(`private keys of PEM type ${label} are not supported`);
  try {
    return createPrivateKey({ key: der, format: 'der', type });
  } catch (cause) {
    // Not the crypto library's message: the text may quote the input.
    throw new PkiError(`PEM block ${label} cannot be read as a private key`, { cause });
  }
}
