import { expect, test } from 'bun:test';
import { parseCertificate, parseCertificateBundle } from './certificate.ts';
import { createCertificateAuthority } from './certificate-authority.ts';
import { encodePrivateKey, generateKeyPair } from './key-pair.ts';
import { OpenSsl } from './openssl.testing.ts';
import { decodePemBlock, encodePem } from './pem.ts';
import { PkiError } from './pki-error.ts';
import { spkiHash } from './spki-hash.ts';

const period = { notBefore: new Date('2026-01-01T00:00:00Z'), notAfter: new Date('2036-01-01T00:00:00Z') };
const createCa = (commonName: string) => createCertificateAuthority({ subject: { commonName }, ...period });

test('reads a certificate that openssl made, names in one shared RDN included', () => {
  using openssl = new OpenSsl();
  openssl.run(
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'k', '-out', 'c', '-multivalue-rdn'],
    ...['-subj', '/O=a+O=b+CN=joined', '-set_serial', '0x00ff01', '-addext', 'subjectAltName=IP:192.0.2.1'],
  );
  const certificate = parseCertificate(openssl.read('c'));
  expect(certificate.subject.commonName).toBe('joined');
  expect([...certificate.subject.organizations].sort()).toEqual(['a', 'b']);
  expect(certificate).toMatchObject({
    serialNumber: 'ff01',
    isCertificateAuthority: true,
    ipAddresses: ['192.0.2.1'],
  });
  expect(certificate.subjectKeyId).toBe(certificate.authorityKeyId!);
});

test('reads the same from DER as from PEM with a key before the certificate', () => {
  const ca = createCa('a');
  const combined = encodePrivateKey(ca.keyPair) + ca.certificatePem;
  expect(parseCertificate(combined)).toEqual(
    parseCertificate(decodePemBlock(ca.certificatePem, 'CERTIFICATE')),
  );
});

test('a bundle keeps its order and skips what is not a certificate', () => {
  const [first, second] = [createCa('first'), createCa('second')];
  const bundle = `# roots\n${first.certificatePem}\n${encodePrivateKey(generateKeyPair())}${second.certificatePem}`;
  expect(parseCertificateBundle(bundle).map(({ subject }) => subject.commonName)).toEqual([
    'first',
    'second',
  ]);
  expect(() => parseCertificateBundle('nothing here')).toThrow('no PEM block of type CERTIFICATE');
});

test('the pin of a CA is the one that kubeadm documents with openssl', () => {
  using openssl = new OpenSsl();
  const ca = createCa('pinned');
  openssl.file('ca', ca.certificatePem);
  openssl.file('spki', '');
  openssl.run('x509', '-in', 'ca', '-pubkey', '-noout', '-out', 'pub');
  openssl.run('pkey', '-pubin', '-in', 'pub', '-outform', 'DER', '-out', 'spki');
  expect(spkiHash(ca.certificate)).toBe(
    `sha256:${openssl.run('dgst', '-sha256', '-r', 'spki').slice(0, 64)}`,
  );
  expect(spkiHash(ca.certificatePem)).toBe(spkiHash(ca.certificate));
});

test('any truncated or changed certificate gives a PkiError or another certificate, never another error', () => {
  const der = decodePemBlock(createCa('fuzzed').certificatePem, 'CERTIFICATE');
  const variants = Array.from({ length: der.length }, (_, at) => [
    der.subarray(0, at),
    Buffer.concat([der.subarray(0, at), Buffer.of(der[at]! ^ 0x55), der.subarray(at + 1)]),
  ]).flat();
  for (const variant of variants) {
    try {
      parseCertificate(encodePem('CERTIFICATE', variant));
    } catch (error) {
      expect(error).toBeInstanceOf(PkiError);
    }
  }
});
