import { afterAll, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@hawser/observability';
import { createCertificateAuthority, encodePrivateKey, generateKeyPair, signCertificate } from '@hawser/pki';
import { FakeClock } from '@hawser/runtime';
import { IdentityNotReadyError, LinkIdentityReader } from './link-identity.ts';

const directory = mkdtempSync(join(tmpdir(), 'hawser-identity-'));
afterAll(() => rmSync(directory, { recursive: true }));
const file = (name: string) => join(directory, name);
const life = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
const ca = createCertificateAuthority({ subject: { commonName: 'ca' }, ...life });

function pair() {
  const keyPair = generateKeyPair('ecdsa-p256');
  const subject = { commonName: 'system:node:node-1' };
  const usages = ['digital signature', 'client auth'] as const;
  const cert = signCertificate({ ca, publicKey: keyPair.publicKey, subject, usages, ...life });
  return { cert, key: encodePrivateKey(keyPair) };
}

/** As the kubelet keeps them: both in one file. */
const together = ({ cert, key }: ReturnType<typeof pair>) => `${cert}\n${key}`;
const surroundings = { clock: new FakeClock(), logger: silentLogger };
const files = { caFile: file('ca.crt'), certFile: file('client.pem'), keyFile: file('client.pem') };

beforeEach(() => {
  rmSync(files.certFile, { force: true });
  writeFileSync(files.caFile, ca.certificatePem);
});

test('a file that is not there yet is waited for, and named', () => {
  const reader = new LinkIdentityReader(files, surroundings);
  expect(() => reader.read()).toThrow(IdentityNotReadyError);
  expect(() => reader.read()).toThrow(files.certFile);
  writeFileSync(files.certFile, together(pair()));
  expect(reader.read().ca).toBe(ca.certificatePem);
});

test('another certificate is another identity, the same is the same', () => {
  writeFileSync(files.certFile, together(pair()));
  const reader = new LinkIdentityReader(files, surroundings);
  const first = reader.read();
  expect(reader.read()).toBe(first);
  writeFileSync(files.certFile, together(pair()));
  expect(reader.read().fingerprint).not.toBe(first.fingerprint);
});

test('a new CA alone is trusted next time, and is no other identity', () => {
  writeFileSync(files.certFile, together(pair()));
  const reader = new LinkIdentityReader(files, surroundings);
  const first = reader.read();
  const more = createCertificateAuthority({ subject: { commonName: 'next' }, ...life });
  writeFileSync(files.caFile, ca.certificatePem + more.certificatePem);
  const second = reader.read();
  expect([second.fingerprint, second.ca]).toEqual([
    first.fingerprint,
    ca.certificatePem + more.certificatePem,
  ]);
});

test('a certificate beside another key, as while both are being replaced, is not used', () => {
  const separate = { ...files, certFile: file('tls.crt'), keyFile: file('tls.key') };
  writeFileSync(separate.certFile, pair().cert);
  writeFileSync(separate.keyFile, pair().key);
  expect(() => new LinkIdentityReader(separate, surroundings).read()).toThrow(
    "the private key is not the certificate's",
  );
});

test('a token is read anew', () => {
  const reader = new LinkIdentityReader({ caFile: files.caFile, tokenFile: file('token') }, surroundings);
  writeFileSync(file('token'), '');
  expect(() => reader.read()).toThrow('is empty');
  writeFileSync(file('token'), 'one\n');
  const first = reader.read();
  writeFileSync(file('token'), 'two\n');
  expect([first.token, reader.read().token]).toEqual(['one', 'two']);
});

test('what was whole goes on while the files are of no use', () => {
  writeFileSync(files.certFile, together(pair()));
  const reader = new LinkIdentityReader(files, surroundings);
  const first = reader.read();
  for (const text of ['', together(pair()).slice(0, 300), pair().cert + pair().key]) {
    writeFileSync(files.certFile, text);
    expect(reader.read()).toBe(first);
  }
  rmSync(files.certFile);
  expect(reader.read()).toBe(first);
  writeFileSync(files.certFile, together(pair()));
  expect(reader.read().fingerprint).not.toBe(first.fingerprint);
});
