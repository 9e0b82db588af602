import { expect, test } from 'bun:test';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createCertificateAuthority, generateKeyPair, parseCertificate, signCertificate } from '@hawser/pki';
import { FakeClock } from '@hawser/runtime';
import { X509Authenticator } from './x509-authenticator.ts';

const notBefore = new Date('2026-01-01T00:00:00Z');
const notAfter = new Date('2026-01-01T01:00:00Z');
const ca = createCertificateAuthority({ subject: { commonName: 'ca' }, notBefore, notAfter });

interface Subject {
  commonName: string;
  organizations?: string[];
}

function certificate(subject: Subject, usages: string[] = ['digital signature', 'client auth']): string {
  const { publicKey } = generateKeyPair('ecdsa-p256');
  return signCertificate({ ca, publicKey, subject, usages, notBefore, notAfter });
}

function authenticate(pem: string, { verified = true, at = '2026-01-01T00:30:00Z' } = {}) {
  const x509 = new X509Authenticator({ clock: new FakeClock(at) });
  return x509.authenticate(x509.read(pem, verified));
}

test('takes the common name for the user and organizations for groups', () => {
  const pem = certificate({ commonName: 'system:node:n', organizations: ['system:nodes', 'b'] });
  const fingerprint = createHash('sha256').update(parseCertificate(pem).raw).digest('hex');
  expect(authenticate(pem)).toEqual({
    ok: true,
    identity: {
      name: 'system:node:n',
      groups: ['system:nodes', 'b', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${fingerprint}`] },
    },
  });
});

test('reads DER as well as PEM', () => {
  const x509 = new X509Authenticator({ clock: new FakeClock(notBefore) });
  const { raw } = parseCertificate(certificate({ commonName: 'u' }));
  expect(x509.authenticate(x509.read(raw, true))).toMatchObject({ ok: true, identity: { name: 'u' } });
});

const refusals: { name: string; outcome: () => unknown; reason: string }[] = [
  {
    name: 'an unverified chain',
    outcome: () => authenticate(certificate({ commonName: 'u' }), { verified: false }),
    reason: 'client certificate is not signed by a CA for clients',
  },
  {
    name: 'a certificate before its time',
    outcome: () => authenticate(certificate({ commonName: 'u' }), { at: '2025-12-31T23:59:59Z' }),
    reason: 'client certificate is not valid yet',
  },
  {
    name: 'an expired certificate',
    outcome: () => authenticate(certificate({ commonName: 'u' }), { at: '2026-01-01T01:00:01Z' }),
    reason: 'client certificate has expired',
  },
  {
    name: 'a serving certificate',
    outcome: () => authenticate(certificate({ commonName: 'u' }, ['digital signature', 'server auth'])),
    reason: 'client certificate is not for client authentication',
  },
  {
    name: 'a certificate that names no purpose',
    outcome: () => authenticate(certificate({ commonName: 'u' }, ['digital signature'])),
    reason: 'client certificate is not for client authentication',
  },
];
for (const { name, outcome, reason } of refusals)
  test(`refuses ${name}`, () => expect(outcome()).toEqual({ ok: false, reason }));

test('refuses what is not a certificate', () => {
  expect(authenticate('nonsense')).toMatchObject({ ok: false });
});

test('a certificate without a common name is no credential', () => {
  expect(authenticate(certificate({ commonName: '', organizations: ['system:masters'] }))).toBeUndefined();
});

test('a connection that outlives its certificate loses its identity', () => {
  const clock = new FakeClock('2026-01-01T00:59:59Z');
  const x509 = new X509Authenticator({ clock });
  const peer = x509.read(certificate({ commonName: 'u' }), true);
  expect(x509.authenticate(peer)).toMatchObject({ ok: true });
  clock.advance(2000);
  expect(x509.authenticate(peer)).toMatchObject({ ok: false });
});

test('a client with a small RSA key is nobody, whoever signed its certificate', () => {
  const pem = (bits: number) =>
    spawnSync('openssl', [
      ...['req', '-x509', '-newkey', `rsa:${bits}`, '-nodes', '-keyout', '/dev/null', '-subj', '/CN=alice'],
      ...['-addext', 'extendedKeyUsage=clientAuth'],
    ]).stdout.toString();
  const authenticator = new X509Authenticator({ clock: new FakeClock() });
  expect(authenticator.read(pem(2048), true).outcome).toMatchObject({
    ok: true,
    identity: { name: 'alice' },
  });
  expect(authenticator.read(pem(1024), true).outcome).toEqual({
    ok: false,
    reason: 'client certificate is of no use: RSA key of 1024 bits is too small: at least 2048 are required',
  });
});

test('says how long a certificate is good for yet, with every request, also once it has expired', () => {
  const clock = new FakeClock('2026-01-01T00:30:00Z');
  const remaining: number[] = [];
  const x509 = new X509Authenticator({ clock, observeRemaining: (seconds) => void remaining.push(seconds) });
  const peer = x509.read(certificate({ commonName: 'u' }), true);
  x509.authenticate(peer);
  clock.advance(3_600_000);
  x509.authenticate(peer);
  x509.authenticate(x509.read('nonsense', true));
  expect(remaining).toEqual([1_800, -1_800]);
});
