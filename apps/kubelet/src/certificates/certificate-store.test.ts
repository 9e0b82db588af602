import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority, encodePrivateKey, type KeyPair, signCertificate } from '@hawser/pki';
import { FakeClock } from '@hawser/runtime';
import { renewalTime } from './certificate-manager.ts';
import { CertificateStore } from './certificate-store.ts';

const clock = new FakeClock('2026-01-02T03:04:05Z');
const DAY_MS = 24 * 3_600_000;
const notBefore = new Date('2026-01-01T00:00:00Z');
const ca = createCertificateAuthority({
  subject: { commonName: 'ca' },
  notBefore,
  notAfter: new Date('2030-01-01T00:00:00Z'),
});

function issue({ publicKey }: KeyPair): string {
  const notAfter = new Date(clock.now().getTime() + DAY_MS);
  return signCertificate({
    ca,
    publicKey,
    subject: { commonName: 'system:node:a' },
    usages: ['client auth'],
    notBefore,
    notAfter,
  });
}

let directory: string;
let store: CertificateStore;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'pki-'));
  store = new CertificateStore(directory, 'kubelet-client', clock);
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('a certificate store', () => {
  test('has nothing at first', () => expect(store.current()).toBeUndefined());

  test('keeps the key that waits for its certificate, for its owner only', () => {
    const key = store.pendingKey();
    const again = new CertificateStore(directory, 'kubelet-client', clock).pendingKey();
    expect(encodePrivateKey(again)).toBe(encodePrivateKey(key));
    expect(statSync(join(directory, 'kubelet-client.key.tmp')).mode & 0o777).toBe(0o600);
  });

  test('puts a certificate in use under upstream’s names', () => {
    const key = store.pendingKey();
    store.update(issue(key), key);
    expect(readlinkSync(store.currentPath)).toBe('kubelet-client-2026-01-02-03-04-05.pem');
    expect(statSync(store.currentPath).mode & 0o777).toBe(0o600);
    expect(store.current()?.certificate.subject.commonName).toBe('system:node:a');
    expect(readdirSync(directory)).not.toContain('kubelet-client.key.tmp');
    expect(readFileSync(store.currentPath, 'utf8')).toContain('PRIVATE KEY');
  });

  test('does not take a certificate whose key is another, or a torn file', () => {
    const key = store.pendingKey();
    store.update(issue(key), key);
    writeFileSync(store.currentPath, issue(store.pendingKey()) + encodePrivateKey(key));
    expect(store.current()).toBeUndefined();
    writeFileSync(store.currentPath, 'torn');
    expect(store.current()).toBeUndefined();
  });

  test('keeps the last three', () => {
    for (let round = 0; round < 5; round += 1) {
      const key = store.pendingKey();
      store.update(issue(key), key);
      clock.advance(1000);
    }
    expect(readdirSync(directory).length).toBe(4);
  });
});

test('a certificate is renewed at 70 to 90 percent of its life from its issue, however it is backdated', () => {
  const issuedAt = new Date('2026-01-02T00:00:00Z');
  const certificate = {
    notBefore: new Date('2025-01-01T00:00:00Z'),
    notAfter: new Date('2026-01-02T00:10:00Z'),
  };
  const at = (random: number) =>
    new Date(renewalTime({ pem: '', certificate: certificate as never, issuedAt }, () => random));
  expect(at(0).toISOString()).toBe('2026-01-02T00:07:00.000Z');
  expect(at(1).toISOString()).toBe('2026-01-02T00:09:00.000Z');
});
