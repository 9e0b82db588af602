import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utils } from 'ssh2';
import { generateSshKeyPair } from './generate-key-pair.ts';
import { PrivateKeyError, readPrivateKey } from './private-key.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'hawser-ssh-key-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

const pair = generateSshKeyPair();
const locked = utils.generateKeyPairSync('ed25519', {
  passphrase: 'secret',
  cipher: 'aes256-ctr',
  rounds: 4,
} as never);
const pkcs1 = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  type: 'pkcs1',
  format: 'pem',
});

function file(name: string, text: string, mode = 0o600): string {
  const path = join(directory, name);
  writeFileSync(path, text, { mode });
  return path;
}

test('keys in the formats of OpenSSH and of OpenSSL are read', () => {
  expect(readPrivateKey(file('openssh', pair.private))).toBe(pair.private);
  expect(readPrivateKey(file('pem', String(pkcs1)))).toBe(String(pkcs1));
});

describe('refuses', () => {
  const cases = [
    { name: 'open-to-group', text: pair.private, mode: 0o640, why: 'permissions 0640 are too open' },
    { name: 'open-to-all', text: pair.private, mode: 0o604, why: 'permissions 0604 are too open' },
    { name: 'passphrase', text: locked.private, mode: 0o600, why: 'the key has a passphrase' },
    { name: 'public-key', text: pair.public, mode: 0o600, why: 'this is a public key' },
    { name: 'nonsense', text: 'nonsense', mode: 0o600, why: 'no private key in a format that is understood' },
    { name: 'empty', text: '', mode: 0o600, why: 'no private key in a format that is understood' },
  ];
  for (const { name, text, mode, why } of cases)
    test(name, () => {
      const path = file(name, text, mode);
      expect(() => readPrivateKey(path)).toThrow(`${path}: ${why}`);
      expect(() => readPrivateKey(path)).toThrow(PrivateKeyError);
    });

  test('a file that is not there', () => {
    expect(() => readPrivateKey(join(directory, 'absent'))).toThrow(PrivateKeyError);
  });
});

test('an RSA key of fewer than 2048 bits is refused, in either format', () => {
  const pem = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({
    type: 'pkcs1',
    format: 'pem',
  });
  const openssh = utils.generateKeyPairSync('rsa', { bits: 1024 }).private;
  for (const [name, text] of Object.entries({ pem, openssh }))
    expect(() => readPrivateKey(file(`small-${name}`, String(text)))).toThrow(
      'RSA key of 1024 bits is too small: at least 2048 are required',
    );
});
