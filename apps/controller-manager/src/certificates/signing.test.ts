import { expect, test } from 'bun:test';
import type { CertificateSigningRequest } from '@hawser/api';
import {
  createCertificateAuthority,
  createCertificateRequest,
  generateKeyPair,
  isIssuedBy,
  parseCertificate,
  parseCertificateRequest,
} from '@hawser/pki';
import { recognizeKubeletClient } from './recognize-kubelet-client.ts';
import { decide } from './signing-controller.ts';
import { signingPeriod } from './signing-policy.ts';

const now = new Date('2026-01-01T12:00:00Z');
const YEAR_MS = 365 * 24 * 3_600_000;
const authority = createCertificateAuthority({
  subject: { commonName: 'test-ca' },
  notBefore: new Date(now.getTime() - YEAR_MS),
  notAfter: new Date(now.getTime() + YEAR_MS),
});

interface Asked {
  signerName?: string;
  usages?: string[];
  commonName?: string;
  organizations?: string[];
  dnsNames?: string[];
  ipAddresses?: string[];
  uris?: string[];
  expirationSeconds?: number;
  username?: string;
}

function csr(asked: Asked): CertificateSigningRequest {
  const {
    commonName = 'system:node:n1',
    organizations = ['system:nodes'],
    dnsNames,
    ipAddresses,
    uris,
  } = asked;
  const subject = { commonName, organizations };
  const keyPair = generateKeyPair('ecdsa-p256');
  const request = createCertificateRequest({ keyPair, subject, dnsNames, ipAddresses, uris });
  return {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name: 'c' },
    spec: {
      request: Buffer.from(request).toString('base64'),
      signerName: asked.signerName ?? 'kubernetes.io/kube-apiserver-client-kubelet',
      usages: asked.usages ?? ['digital signature', 'client auth'],
      expirationSeconds: asked.expirationSeconds,
      username: asked.username ?? 'system:bootstrap:abcdef',
    },
  };
}

const requestOf = (object: CertificateSigningRequest) =>
  parseCertificateRequest(Buffer.from(object.spec.request, 'base64').toString());

const KUBELET = 'kubernetes.io/kube-apiserver-client-kubelet';
const SERVING = 'kubernetes.io/kubelet-serving';
const CLIENT = 'kubernetes.io/kube-apiserver-client';
const LEGACY = 'kubernetes.io/legacy-unknown';
const authorities = new Map([KUBELET, SERVING, CLIENT, LEGACY].map((name) => [name, () => authority]));
const options = { authorities, maxDurationMs: YEAR_MS };
const server = {
  signerName: SERVING,
  usages: ['digital signature', 'server auth'],
  ipAddresses: ['10.0.0.1'],
};

test.each<{ name: string; asked: Asked; fault?: string }>([
  { name: 'a kubelet client', asked: {} },
  {
    name: 'a kubelet client with an RSA usage',
    asked: { usages: ['digital signature', 'key encipherment', 'client auth'] },
  },
  {
    name: 'a kubelet client of another group',
    asked: { organizations: ['system:masters'] },
    fault: 'organization is not',
  },
  {
    name: 'a kubelet client that is no node',
    asked: { commonName: 'admin' },
    fault: 'does not begin with system:node:',
  },
  {
    name: 'a kubelet client with a DNS name',
    asked: { dnsNames: ['a'] },
    fault: 'DNS subjectAltNames are not allowed',
  },
  {
    name: 'a kubelet client with an address',
    asked: { ipAddresses: ['10.0.0.1'] },
    fault: 'IP subjectAltNames are not',
  },
  {
    name: 'a kubelet client that would serve',
    asked: { usages: ['digital signature', 'client auth', 'server auth'] },
    fault: 'usages did not match [client auth digital signature key encipherment]',
  },
  { name: 'a kubelet server', asked: server },
  {
    name: 'a kubelet server without a name',
    asked: { ...server, ipAddresses: [] },
    fault: 'DNS or IP subjectAltName',
  },
  {
    name: 'a kubelet server with a URI',
    asked: { ...server, uris: ['spiffe://x'] },
    fault: 'URI subjectAltNames',
  },
  {
    name: 'a kubelet server that would be a client',
    asked: { ...server, usages: ['client auth'] },
    fault: 'usages did not',
  },
  { name: 'a client', asked: { signerName: CLIENT, commonName: 'alice', organizations: ['dev'] } },
  { name: 'a client with its usage alone', asked: { signerName: CLIENT, usages: ['client auth'] } },
  {
    name: 'a client that would serve',
    asked: { signerName: CLIENT, usages: ['client auth', 'server auth'] },
    fault: 'invalid usage for client certificate: server auth',
  },
  {
    name: 'a client without its usage',
    asked: { signerName: CLIENT, usages: ['digital signature'] },
    fault: 'missing required usage for client certificate: client auth',
  },
  {
    name: 'anything by the legacy signer',
    asked: { signerName: LEGACY, usages: ['code signing'], commonName: 'x' },
  },
])('$name', ({ asked, fault }) => {
  const decision = decide(csr(asked), options, now);
  if (fault !== undefined) expect(decision).toMatchObject({ fault: expect.stringContaining(fault) });
  else expect(decision).toMatchObject({ certificate: expect.stringContaining('BEGIN CERTIFICATE') });
});

test('the certificate says what the request said, by the authority', () => {
  const decision = decide(csr({ ...server, dnsNames: ['n1'], expirationSeconds: 3600 }), options, now);
  if (!('certificate' in decision)) throw new Error(decision.fault);
  const certificate = parseCertificate(decision.certificate);
  expect(certificate.subject).toMatchObject({
    commonName: 'system:node:n1',
    organizations: ['system:nodes'],
  });
  expect(certificate.dnsNames).toEqual(['n1']);
  expect(certificate.ipAddresses).toEqual(['10.0.0.1']);
  expect(certificate.extendedKeyUsages).toEqual(['server auth']);
  expect(certificate.isCertificateAuthority).toBe(false);
  expect(isIssuedBy(certificate, authority.certificate)).toBe(true);
  expect(certificate.notBefore).toEqual(new Date('2026-01-01T11:55:00Z'));
  expect(certificate.notAfter).toEqual(new Date('2026-01-01T13:00:00Z'));
});

test('what cannot be read is a fault', () => {
  const broken = csr({});
  broken.spec.request = Buffer.from(
    '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n',
  ).toString('base64');
  expect(decide(broken, options, now)).toHaveProperty('fault');
});

test('nothing is signed by an authority that has expired', () => {
  expect(() => decide(csr({}), options, new Date(now.getTime() + 2 * YEAR_MS))).toThrow('expired');
});

const hours = (n: number) => new Date(now.getTime() + n * 3_600_000);

test.each([
  {
    name: 'no wish: the maximum, from notBefore',
    asked: undefined,
    maxHours: 24,
    end: new Date(hours(24).getTime() - 300_000),
  },
  { name: 'a shorter wish', asked: 12 * 3600, maxHours: 24, end: new Date(hours(12).getTime() - 300_000) },
  { name: 'a longer wish', asked: 48 * 3600, maxHours: 24, end: new Date(hours(24).getTime() - 300_000) },
  { name: 'a short life counts from now', asked: 3600, maxHours: 24, end: hours(1) },
  { name: 'ten minutes at least', asked: 60, maxHours: 24, end: hours(1 / 6) },
  { name: 'the authority ends first', asked: undefined, maxHours: 1000, end: hours(100) },
])('$name', ({ asked, maxHours, end }) => {
  const limits = { maxDurationMs: maxHours * 3_600_000, caNotAfter: hours(100) };
  expect(signingPeriod(asked, limits, now)).toEqual({
    notBefore: new Date('2026-01-01T11:55:00Z'),
    notAfter: end,
  });
});

test.each<{ name: string; asked: Asked; subresources: string[] }>([
  { name: 'a joining node', asked: {}, subresources: ['nodeclient'] },
  {
    name: 'a node that renews its own',
    asked: { username: 'system:node:n1' },
    subresources: ['selfnodeclient', 'nodeclient'],
  },
  {
    name: 'a node that asks for another',
    asked: { username: 'system:node:n2' },
    subresources: ['nodeclient'],
  },
  { name: 'another signer', asked: { signerName: CLIENT }, subresources: [] },
  { name: 'a request with names', asked: { dnsNames: ['n1'] }, subresources: [] },
  { name: 'a further group', asked: { organizations: ['system:nodes', 'system:masters'] }, subresources: [] },
  { name: 'another usage', asked: { usages: ['digital signature', 'server auth'] }, subresources: [] },
])('$name is recognized as $subresources', ({ asked, subresources }) => {
  const object = csr({ signerName: KUBELET, ...asked });
  expect(
    recognizeKubeletClient(object, requestOf(object)).map(({ subresource }) => subresource as string),
  ).toEqual(subresources);
});
