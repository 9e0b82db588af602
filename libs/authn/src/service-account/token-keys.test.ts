import { expect, test } from 'bun:test';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readSigningKey, readTokenKeys, readVerificationKeys } from './token-keys.ts';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-384' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed = generateKeyPairSync('ed25519');
const spki = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }) as string;

test('reads every key of a file, in whichever form', () => {
  const pem = [
    spki(ec.publicKey),
    rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }),
    '-----BEGIN EC PARAMETERS-----\nBgUrgQQAIg==\n-----END EC PARAMETERS-----\n',
    ec.privateKey.export({ type: 'sec1', format: 'pem' }),
    rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }),
  ].join('words between\n');
  expect(readVerificationKeys(pem).map(({ algorithm }) => algorithm)).toEqual([
    'ES384',
    'RS256',
    'ES384',
    'RS256',
  ]);
});

test('names a key by the SHA-256 of its SubjectPublicKeyInfo', () => {
  const [key] = readVerificationKeys(spki(rsa.publicKey));
  const hash = new Bun.CryptoHasher('sha256').update(rsa.publicKey.export({ type: 'spki', format: 'der' }));
  expect(key?.keyId).toBe(hash.digest('base64url'));
});

test('trusts the signing key and all others, each once, and keeps no private half of them', () => {
  const signing = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const keys = readTokenKeys(signing, [spki(rsa.publicKey), spki(ec.publicKey) + spki(ec.publicKey)]);
  expect(keys.verification.map(({ algorithm }) => algorithm)).toEqual(['RS256', 'ES384']);
  expect(keys.verification[0]).not.toHaveProperty('privateKey');
  expect(keys.signing.keyId).toBe(keys.verification[0]!.keyId);
});

test.each(['', 'no PEM', '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n'])(
  'refuses a file without a key: %j',
  (pem) => {
    expect(() => readVerificationKeys(pem)).toThrow(
      'data does not contain any valid RSA or ECDSA public keys',
    );
    expect(() => readSigningKey(pem)).toThrow('data does not contain a valid RSA or ECDSA private key');
  },
);

test('refuses a key that signs no tokens', () => {
  expect(() => readVerificationKeys(spki(ed.publicKey))).toThrow('must be RSA, or ECDSA');
});

test('refuses an RSA key of fewer than 2048 bits, to sign with and to verify with', () => {
  const small = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const why = 'RSA key of 1024 bits is too small: at least 2048 are required';
  expect(() => readVerificationKeys(spki(small.publicKey))).toThrow(why);
  expect(() => readSigningKey(small.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)).toThrow(
    why,
  );
});

test('refuses a file that is cut off, whatever is whole in it', () => {
  const pem = spki(rsa.publicKey) + spki(ec.publicKey).slice(0, -30);
  expect(() => readVerificationKeys(pem)).toThrow('a key is cut off');
});
