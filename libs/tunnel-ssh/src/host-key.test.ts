import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { algorithmsOf, fingerprint, HostKeyFormatError, parseHostKey, parsePublicKeys } from './host-key.ts';
import { hostKeyPair, shortRsaKey } from './testing-keys.ts';

/** Made, and its fingerprint printed, by OpenSSH's ssh-keygen. */
const KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIFoWgoXip2ApLhsaelptNq2MCj4OTfKz8iN2NyARV1nr';

test('a key is called as ssh-keygen calls it', () => {
  const { blob } = parseHostKey('ssh-ed25519', KEY);
  expect(fingerprint(blob)).toBe('ssh-ed25519 SHA256:nqeQbG1i0QB7sT0fSECWV1ZfGm0FJP2HcqVSRzEQ2+0');
});

test('only signatures that a known key makes are offered, none over SHA-1', () => {
  const keys = (['rsa', 'ed25519', 'ecdsa'] as const).map((type) => hostKeyPair(type).key);
  expect(algorithmsOf(keys.slice(0, 1))).toEqual(['rsa-sha2-512', 'rsa-sha2-256']);
  expect(algorithmsOf(keys)).toEqual(['rsa-sha2-512', 'rsa-sha2-256', 'ssh-ed25519', 'ecdsa-sha2-nistp256']);
});

describe('refuses', () => {
  const dss = Buffer.concat([Buffer.of(0, 0, 0, 7), Buffer.from('ssh-dss')]).toString('base64');
  const cases = [
    { name: 'what is not base64', type: 'ssh-ed25519', key: 'AAAA!', why: 'not base64' },
    { name: 'a key of another type', type: 'ssh-rsa', key: KEY, why: 'not of type ssh-rsa' },
    { name: 'a kind of key that is not used', type: 'ssh-dss', key: dss, why: 'are not used' },
    { name: 'a short RSA key', type: 'ssh-rsa', key: shortRsaKey(), why: 'fewer than 2048 bits' },
    { name: 'nothing', type: 'ssh-ed25519', key: '', why: 'not base64' },
  ];
  for (const { name, type, key, why } of cases)
    test(name, () => {
      expect(() => parseHostKey(type, key)).toThrow(why);
      expect(() => parseHostKey(type, key)).toThrow(HostKeyFormatError);
    });
});

test('several keys are a line each, with comments and empty lines between', () => {
  const [a, b] = [hostKeyPair(), hostKeyPair('ecdsa')];
  const text = `# keys of node-1\n\n${a.public} root@node-1\r\n  ${b.public}\n`;
  expect(parsePublicKeys(text)).toEqual([a.key, b.key]);
});

test('no bytes are taken for a key that are none, and none make it fail otherwise', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 80 }),
      fc.constantFrom('ssh-rsa', 'ssh-ed25519'),
      (bytes, type) => {
        try {
          parseHostKey(type, Buffer.from(bytes).toString('base64'));
        } catch (error) {
          expect(error).toBeInstanceOf(HostKeyFormatError);
        }
      },
    ),
  );
});
