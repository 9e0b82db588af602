import { describe, expect, test } from 'bun:test';
import { createCipheriv } from 'node:crypto';
import { aesCbc } from './aes-cbc.ts';
import { aesGcm } from './aes-gcm.ts';
import { identity } from './identity.ts';
import type { NamedKey, Provider } from './provider.ts';
import { labelOf, providerTransformer } from './provider-transformer.ts';
import { secretbox } from './secretbox.ts';
import { DecryptionError } from './transformer.ts';

const key = (name: string, fill: number, size = 32): NamedKey => ({ name, secret: Buffer.alloc(size, fill) });
const PLACE = '/registry/secrets/default/a';
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

const providers: { name: string; make: (key: NamedKey) => Provider; sizes: number[] }[] = [
  { name: 'aesgcm', make: aesGcm, sizes: [16, 24, 32] },
  { name: 'aescbc', make: aesCbc, sizes: [16, 24, 32] },
  { name: 'secretbox', make: secretbox, sizes: [32] },
];

for (const { name, make, sizes } of providers)
  describe(name, () => {
    for (const size of sizes)
      test(`reads what it wrote with a key of ${size} bytes, of any length`, () => {
        const transformer = providerTransformer([make(key('k', 1, size))]);
        for (const length of [0, 1, 15, 16, 17, 4096]) {
          const plain = Buffer.alloc(length, 'x');
          const sealed = transformer.encrypt(plain, PLACE);
          expect(sealed.toString('latin1')).toStartWith(`k8s:enc:${name}:v1:k:`);
          expect(text(transformer.decrypt(sealed, PLACE).plain)).toBe(plain.toString());
        }
      });

    test('writes with the first key, reads with all, and says with which', () => {
      const old = providerTransformer([make(key('old', 1))]);
      const both = providerTransformer([make(key('new', 2)), make(key('old', 1))]);
      const stored = old.encrypt(Buffer.from('v'), PLACE);
      const { plain, sealedWith } = both.decrypt(stored, PLACE);
      expect(text(plain)).toBe('v');
      expect(sealedWith).toBe(old.writesWith);
      expect(sealedWith).not.toBe(both.writesWith);
      expect(both.decrypt(both.encrypt(plain, PLACE), PLACE).sealedWith).toBe(both.writesWith);
    });

    test('finds the right one of two keys that have the same name', () => {
      const old = providerTransformer([make(key('k', 1))]);
      // Nothing in aescbc tells a wrong key from a right one except its padding, which may be right by chance.
      const both = providerTransformer([make(key('k', 7)), make(key('k', 1))]);
      const stored = old.encrypt(Buffer.from('a value'), PLACE);
      if (name !== 'aescbc') {
        expect(both.decrypt(stored, PLACE).sealedWith).toBe(old.writesWith);
        expect(labelOf(old.writesWith)).toBe(labelOf(both.writesWith));
      }
      expect(old.writesWith).not.toBe(both.writesWith);
    });

    test('refuses what is cut short', () => {
      const transformer = providerTransformer([make(key('k', 1))]);
      const stored = transformer.encrypt(Buffer.from('v'), PLACE);
      const prefix = `k8s:enc:${name}:v1:k:`.length;
      for (let length = prefix; length < stored.length; length += 1)
        expect(() => transformer.decrypt(stored.subarray(0, length), PLACE)).toThrow(DecryptionError);
    });
  });

for (const { name, make } of providers.filter((provider) => provider.name !== 'aescbc'))
  test(`${name} refuses what was altered`, () => {
    const transformer = providerTransformer([make(key('k', 1))]);
    const stored = transformer.encrypt(Buffer.from('v'), PLACE);
    for (let at = `k8s:enc:${name}:v1:k:`.length; at < stored.length; at += 1) {
      const altered = Buffer.from(stored);
      altered[at]! ^= 1;
      expect(() => transformer.decrypt(altered, PLACE)).toThrow(DecryptionError);
    }
  });

test('aesgcm binds a value to its place', () => {
  const transformer = providerTransformer([aesGcm(key('k', 1))]);
  const stored = transformer.encrypt(Buffer.from('v'), PLACE);
  expect(() => transformer.decrypt(stored, `${PLACE}b`)).toThrow('message authentication failed');
});

test('secretbox is NaCl’s: the vector of its paper', () => {
  const hex = (digits: string) => Buffer.from(digits, 'hex');
  const secret = hex('1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389');
  const nonce = hex('69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37');
  const sealed = hex(
    'f3ffc7703f9400e52a7dfb4b3d3305d98e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c97271d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5',
  );
  const plain = secretbox({ name: 'k', secret }).open(Buffer.concat([nonce, sealed]), PLACE);
  expect(Buffer.from(plain).toString('hex')).toStartWith('be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd4');
  expect(plain).toHaveLength(131);
});

test('aescbc pads as PKCS #7 says, with the vector in front', () => {
  const { secret } = key('k', 1);
  const vector = Buffer.alloc(16, 9);
  const cipher = createCipheriv('aes-256-cbc', secret, vector).setAutoPadding(false);
  const padded = Buffer.concat([Buffer.from('hello'), Buffer.alloc(11, 11)]);
  const sealed = Buffer.concat([vector, cipher.update(padded), cipher.final()]);
  expect(text(aesCbc({ name: 'k', secret }).open(sealed, PLACE))).toBe('hello');
});

describe('identity', () => {
  const plain = Buffer.from('{"kind":"Secret"}');

  test('leaves values as they are, and leaves encrypted ones to the others', () => {
    const before = providerTransformer([aesGcm(key('k', 1))]);
    const leaving = providerTransformer([identity, aesGcm(key('k', 1))]);
    expect(leaving.encrypt(plain, PLACE).equals(plain)).toBe(true);
    expect(leaving.decrypt(plain, PLACE).sealedWith).toBe('identity');
    expect(leaving.decrypt(before.encrypt(plain, PLACE), PLACE).sealedWith).toBe(before.writesWith);
  });

  test('reads what is plain only where it is configured', () => {
    const strict = providerTransformer([aesGcm(key('k', 1))]);
    expect(() => strict.decrypt(plain, PLACE)).toThrow(
      'no matching prefix found: the value was written with identity',
    );
  });
});

test('a value of a lost key says which, and nothing of the value', () => {
  const stored = providerTransformer([secretbox(key('lost', 1))]).encrypt(Buffer.from('v'), PLACE);
  const transformer = providerTransformer([aesGcm(key('k', 1)), identity]);
  expect(() => transformer.decrypt(stored, PLACE)).toThrow('written with secretbox key "lost"');
});
