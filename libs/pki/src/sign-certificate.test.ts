import { describe, expect, test } from 'bun:test';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { isIssuedBy, parseCertificate } from './certificate.ts';
import { createCertificateAuthority, loadCertificateAuthority } from './certificate-authority.ts';
import { encodePrivateKey, generateKeyPair, type KeyPairKind } from './key-pair.ts';
import { OpenSsl } from './openssl.testing.ts';
import { PkiError } from './pki-error.ts';
import { signCertificate } from './sign-certificate.ts';

const notBefore = new Date(Math.floor(Date.now() / 1000) * 1000 - 60_000);
const notAfter = new Date(notBefore.getTime() + 3_600_000);
const period = { notBefore, notAfter };
const createCa = (kind: KeyPairKind = 'ecdsa-p256') =>
  createCertificateAuthority({
    subject: { commonName: 'test-ca' },
    keyPair: generateKeyPair(kind),
    ...period,
  });

describe('openssl verify -x509_strict accepts', () => {
  const kinds: KeyPairKind[] = ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048', 'ed25519'];
  const cases = kinds.flatMap((caKind) => kinds.map((leafKind) => ({ caKind, leafKind })));
  test.each(cases)('a $leafKind certificate signed by a $caKind authority', ({ caKind, leafKind }) => {
    using openssl = new OpenSsl();
    const ca = createCa(caKind);
    const pem = signCertificate({
      ca,
      publicKey: generateKeyPair(leafKind).publicKey,
      subject: { commonName: 'system:node:edge-1', organizations: ['system:nodes'] },
      sans: { dnsNames: ['edge-1'], ipAddresses: ['127.0.1.1', 'fd00::1'] },
      usages: ['digital signature', 'server auth', 'client auth'],
      ...period,
    });
    openssl.file('ca.pem', ca.certificatePem);
    openssl.file('leaf.pem', pem);
    expect(
      openssl.run(
        'verify',
        '-x509_strict',
        '-check_ss_sig',
        '-purpose',
        'sslserver',
        '-CAfile',
        'ca.pem',
        'leaf.pem',
      ),
    ).toContain('leaf.pem: OK');
    expect(openssl.run('verify', '-x509_strict', '-check_ss_sig', '-CAfile', 'ca.pem', 'ca.pem')).toContain(
      'OK',
    );
  });
});

test('openssl reads every field as it was written', () => {
  using openssl = new OpenSsl();
  const ca = createCa();
  const pem = signCertificate({
    ca,
    publicKey: generateKeyPair().publicKey,
    subject: { commonName: 'Zoë', organizations: ['dev', 'ops*'] },
    sans: {
      dnsNames: ['a.example'],
      ipAddresses: ['10.0.0.1', '::1'],
      uris: ['spiffe://x/y'],
      emails: ['a@b.c'],
    },
    usages: ['digital signature', 'key encipherment', 'client auth'],
    ...period,
  });
  openssl.file('leaf.pem', pem);
  const text = openssl.run('x509', '-in', 'leaf.pem', '-noout', '-text', '-nameopt', 'utf8,sep_comma_plus');
  for (const expected of [
    'Subject: O=dev,O=ops*,CN=Zoë',
    'Issuer: CN=test-ca',
    'X509v3 Key Usage: critical\n                Digital Signature, Key Encipherment',
    'TLS Web Client Authentication',
    'X509v3 Basic Constraints: critical\n                CA:FALSE',
    'DNS:a.example, IP Address:10.0.0.1, IP Address:0:0:0:0:0:0:0:1, URI:spiffe://x/y, email:a@b.c',
  ]) {
    expect(text).toContain(expected);
  }
});

test('reads back what it wrote', () => {
  const ca = createCa();
  const certificate = parseCertificate(
    signCertificate({
      ca,
      publicKey: generateKeyPair().publicKey,
      subject: { commonName: 'kubernetes-admin', organizations: ['hawser:cluster-admins', 'b'] },
      sans: { dnsNames: ['x'], ipAddresses: ['2001:db8::1:0:0:1'], uris: ['u:1'], emails: ['e@x'] },
      usages: ['signing', 'client auth', 's/mime'],
      ...period,
    }),
  );
  expect(certificate).toMatchObject({
    subject: { commonName: 'kubernetes-admin', organizations: ['hawser:cluster-admins', 'b'] },
    issuer: { commonName: 'test-ca', organizations: [] },
    dnsNames: ['x'],
    ipAddresses: ['2001:db8::1:0:0:1'],
    uris: ['u:1'],
    emails: ['e@x'],
    notBefore,
    notAfter,
    isCertificateAuthority: false,
    keyUsages: ['digital signature'],
    extendedKeyUsages: ['client auth', 'email protection'],
    authorityKeyId: ca.certificate.subjectKeyId,
  });
  expect(isIssuedBy(certificate, ca.certificate)).toBe(true);
  expect(isIssuedBy(certificate, createCa().certificate)).toBe(false);
});

test('writes dates from 2050 on so that others read the same moment', () => {
  const far = new Date('2051-02-03T04:05:06Z');
  const ca = createCertificateAuthority({ subject: { commonName: 'old' }, notBefore, notAfter: far });
  expect(new X509Certificate(ca.certificatePem).validTo).toBe('Feb  3 04:05:06 2051 GMT');
  expect(ca.certificate.notAfter).toEqual(far);
});

test('serial numbers are positive, of 128 bits, and differ', () => {
  const serials = Array.from({ length: 20 }, () => createCa().certificate.serialNumber);
  expect(new Set(serials).size).toBe(20);
  for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9a-f]{31}$/);
});

test('a certificate without a subject has critical alternative names', () => {
  const ca = createCa();
  const input = {
    ca,
    publicKey: generateKeyPair().publicKey,
    subject: { commonName: '' },
    usages: [],
    ...period,
  };
  const certificate = parseCertificate(signCertificate({ ...input, sans: { dnsNames: ['only-a-name'] } }));
  expect(certificate.extensions.find(({ oid }) => oid === '2.5.29.17')?.critical).toBe(true);
  expect(() => signCertificate(input)).toThrow('needs a subject or an alternative name');
});

describe('refuses', () => {
  const ca = createCa();
  const good = {
    ca,
    publicKey: generateKeyPair().publicKey,
    subject: { commonName: 'x' },
    usages: [],
    ...period,
  };
  const cases = [
    {
      name: 'an RSA key of 1024 bits',
      input: { publicKey: generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey },
      message: 'RSA key of 1024 bits is too small',
    },
    {
      name: 'an unknown usage',
      input: { usages: ['client auth', 'toString'] },
      message: 'unknown key usage: toString',
    },
    { name: 'an empty period', input: { notAfter: notBefore }, message: 'notAfter must be later' },
    {
      name: 'an address that is none',
      input: { sans: { ipAddresses: ['10.0.0.256'] } },
      message: 'not an IP address: "10.0.0.256"',
    },
    {
      name: 'a DNS name with a NUL',
      input: { sans: { dnsNames: ['good\0.bad'] } },
      message: 'not usable as an alternative name',
    },
    {
      name: 'an empty organization',
      input: { subject: { commonName: 'x', organizations: [''] } },
      message: 'empty organization',
    },
  ];
  test.each(cases)('$name', ({ input, message }) => {
    const attempt = () => signCertificate({ ...good, ...input });
    expect(attempt).toThrow(PkiError);
    expect(attempt).toThrow(message);
  });
});

describe('loading an authority', () => {
  const ca = createCa();
  test('takes what openssl made, chain included', () => {
    using openssl = new OpenSsl();
    openssl.run(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-subj',
      '/O=Acme/CN=acme ca',
      '-addext',
      'keyUsage=critical,keyCertSign',
      '-keyout',
      'k',
      '-out',
      'c',
    );
    const loaded = loadCertificateAuthority(openssl.read('c'), openssl.read('k'));
    openssl.file(
      'leaf',
      signCertificate({
        ca: loaded,
        publicKey: generateKeyPair().publicKey,
        subject: { commonName: 'l' },
        usages: [],
        ...period,
      }),
    );
    expect(openssl.run('verify', '-x509_strict', '-CAfile', 'c', 'leaf')).toContain('leaf: OK');
  });
  test('of two in a file takes the one that belongs to the key, and keeps the text for who trusts both', () => {
    const next = createCa();
    const text = ca.certificatePem + next.certificatePem;
    const loaded = loadCertificateAuthority(text, encodePrivateKey(next.keyPair));
    expect(loaded.certificate.serialNumber).toBe(next.certificate.serialNumber);
    expect(loaded.certificatePem).toBe(text);
  });
  test('refuses a key that belongs to another certificate', () => {
    expect(() => loadCertificateAuthority(ca.certificatePem, encodePrivateKey(generateKeyPair()))).toThrow(
      'private key does not belong to the certificate',
    );
  });
  test('refuses a certificate that is not an authority', () => {
    const keyPair = generateKeyPair();
    const pem = signCertificate({
      ca,
      publicKey: keyPair.publicKey,
      subject: { commonName: 'l' },
      usages: [],
      ...period,
    });
    expect(() => loadCertificateAuthority(pem, encodePrivateKey(keyPair))).toThrow(
      'not a certificate authority',
    );
  });
});
