import { describe, expect, test } from 'bun:test';
import {
  encodePrivateKey,
  encodePublicKey,
  generateKeyPair,
  loadKeyPair,
  loadPublicKeys,
} from './key-pair.ts';
import { describeKey } from './key-strength.ts';
import { OpenSsl } from './openssl.testing.ts';

test('a key written and read is the same key', () => {
  const keyPair = generateKeyPair('ecdsa-p384');
  expect(encodePublicKey(loadKeyPair(encodePrivateKey(keyPair)).publicKey)).toBe(
    encodePublicKey(keyPair.publicKey),
  );
});

describe('reads the private keys that openssl writes', () => {
  const cases = [
    {
      name: 'PKCS#8',
      args: ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
      algorithm: 'ECDSA',
    },
    { name: 'SEC1 with parameters', args: ['ecparam', '-name', 'prime256v1', '-genkey'], algorithm: 'ECDSA' },
    { name: 'PKCS#1', args: ['genrsa', '-traditional'], algorithm: 'RSA' },
  ] as const;
  test.each([...cases])('$name', ({ args, algorithm }) => {
    using openssl = new OpenSsl();
    openssl.run(args[0], '-out', 'key', ...args.slice(1));
    const pem = openssl.read('key');
    expect(describeKey(loadKeyPair(pem).publicKey).algorithm).toBe(algorithm);
    expect(encodePublicKey(loadPublicKeys(pem)[0]!)).toBe(openssl.run('pkey', '-in', 'key', '-pubout'));
  });
});

describe('refuses', () => {
  test('an encrypted key', () => {
    using openssl = new OpenSsl();
    openssl.run('genpkey', '-algorithm', 'ed25519', '-aes256', '-pass', 'pass:x', '-out', 'key');
    const pem = openssl.read('key');
    expect(() => loadKeyPair(pem)).toThrow(
      'private keys of PEM type ENCRYPTED PRIVATE KEY are not supported',
    );
  });
  test('a weak RSA key', () => {
    using openssl = new OpenSsl();
    openssl.run('genrsa', '-out', 'key', '1024');
    const pem = openssl.read('key');
    expect(() => loadKeyPair(pem)).toThrow('RSA key of 1024 bits is too small: at least 2048 are required');
  });
  test('text without a key, without quoting it', () => {
    expect(() => loadKeyPair('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n')).toThrow(
      'PEM block PRIVATE KEY cannot be read as a private key',
    );
    expect(() => loadKeyPair('secret')).toThrow('no PEM block with a private key');
  });
});
