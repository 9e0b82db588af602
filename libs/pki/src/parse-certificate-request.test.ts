import { describe, expect, test } from 'bun:test';
import { createCertificateRequest } from './create-certificate-request.ts';
import { generateKeyPair, type KeyPairKind } from './key-pair.ts';
import { OpenSsl } from './openssl.testing.ts';
import { parseCertificateRequest } from './parse-certificate-request.ts';
import { decodePemBlock, encodePem } from './pem.ts';
import { PkiError } from './pki-error.ts';

const REQUEST = 'CERTIFICATE REQUEST';
const requestFor = (kind: KeyPairKind = 'ecdsa-p256') =>
  createCertificateRequest({
    keyPair: generateKeyPair(kind),
    subject: { commonName: 'system:node:edge-1', organizations: ['system:nodes'] },
    dnsNames: ['edge-1'],
    ipAddresses: ['127.0.1.1'],
  });

describe('requests made by openssl', () => {
  const kinds = [
    { name: 'RSA 2048', newkey: ['rsa:2048'], key: { algorithm: 'RSA', sizeBits: 2048 } },
    {
      name: 'EC P-256',
      newkey: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
      key: { algorithm: 'ECDSA', sizeBits: 256 },
    },
    {
      name: 'EC P-384 with SHA-512',
      newkey: ['ec', '-pkeyopt', 'ec_paramgen_curve:P-384', '-sha512'],
      key: { algorithm: 'ECDSA', sizeBits: 384 },
    },
    { name: 'Ed25519', newkey: ['ed25519'], key: { algorithm: 'Ed25519', sizeBits: 256 } },
  ] as const;
  test.each([...kinds])('parse: $name', ({ newkey, key }) => {
    using openssl = new OpenSsl();
    openssl.run(
      'req',
      '-new',
      '-newkey',
      ...newkey,
      '-nodes',
      '-keyout',
      'key',
      '-out',
      'csr',
      '-utf8',
      '-subj',
      '/O=dev/O=ops/CN=jåne',
      '-addext',
      'subjectAltName=DNS:a.example,IP:::1,email:j@x,URI:u:1,otherName:1.2.3.4;UTF8:odd',
      '-addext',
      'extendedKeyUsage=clientAuth',
      '-addext',
      'keyUsage=digitalSignature',
      '-addext',
      'basicConstraints=critical,CA:TRUE',
    );
    const request = parseCertificateRequest(openssl.read('csr'));
    expect(request).toMatchObject({
      subject: { commonName: 'jåne', organizations: ['dev', 'ops'] },
      key,
      dnsNames: ['a.example'],
      ipAddresses: ['::1'],
      emails: ['j@x'],
      uris: ['u:1'],
      otherKinds: ['otherName'],
      keyUsages: ['digital signature'],
      extendedKeyUsages: ['client auth'],
      wantsCertificateAuthority: true,
    });
    expect(request.publicKeyPem).toBe(openssl.run('pkey', '-in', 'key', '-pubout'));
  });

  test('parse without any extension', () => {
    using openssl = new OpenSsl();
    openssl.run(
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      'k',
      '-out',
      'csr',
      '-subj',
      '/CN=jane',
    );
    expect(parseCertificateRequest(openssl.read('csr'))).toMatchObject({
      dnsNames: [],
      extensions: [],
    });
  });
});

describe('requests made here', () => {
  const kinds: KeyPairKind[] = ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048', 'ed25519'];
  test.each(kinds)('are verified by openssl: %s', (kind) => {
    using openssl = new OpenSsl();
    openssl.file('csr', requestFor(kind));
    const text = openssl.run('req', '-in', 'csr', '-verify', '-noout', '-text');
    expect(text).toContain('verify OK');
    expect(text).toContain('O = system:nodes, CN = system:node:edge-1');
    expect(text).toContain('DNS:edge-1, IP Address:127.0.1.1');
  });
});

describe('refuses', () => {
  const good = requestFor();
  const corrupted = () => {
    const der = Buffer.from(decodePemBlock(good, REQUEST));
    der[der.indexOf('edge-1')]! ^= 1;
    return encodePem(REQUEST, der);
  };
  const fromOpenssl = (...args: string[]) => {
    using openssl = new OpenSsl();
    openssl.run('req', '-new', '-nodes', '-keyout', 'key', '-out', 'csr', ...args);
    return openssl.read('csr');
  };
  const cases = [
    { name: 'text that is not PEM', pem: () => 'hello', message: 'no PEM block of type CERTIFICATE REQUEST' },
    { name: 'another PEM type', pem: () => good.replaceAll(REQUEST, 'CERTIFICATE'), message: 'no PEM block' },
    {
      name: 'bytes that are not DER',
      pem: () => encodePem(REQUEST, Buffer.from('junk')),
      message: 'not valid DER',
    },
    {
      name: 'DER of another shape',
      pem: () => encodePem(REQUEST, Buffer.from('3003020101', 'hex')),
      message: 'missing or of the wrong type',
    },
    { name: 'a subject changed after signing', pem: corrupted, message: 'does not verify' },
    {
      name: 'an RSA key of 1024 bits',
      pem: () => fromOpenssl('-newkey', 'rsa:1024', '-subj', '/CN=a'),
      message: 'RSA key of 1024 bits is too small',
    },
    {
      name: 'a signature with SHA-1',
      pem: () => fromOpenssl('-newkey', 'rsa:2048', '-sha1', '-subj', '/CN=a'),
      message: 'signature algorithm 1.2.840.113549.1.1.5 is not supported',
    },
    {
      name: 'a curve that is not supported',
      pem: () => fromOpenssl('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:secp256k1', '-subj', '/CN=a'),
      message: 'public key cannot be read',
    },
    {
      name: 'two common names',
      pem: () => fromOpenssl('-newkey', 'rsa:2048', '-subj', '/CN=a/CN=b'),
      message: 'more than one common name',
    },
    { name: 'input of megabytes', pem: () => good + ' '.repeat(70_000), message: 'too large' },
  ];
  test.each(cases)('$name', ({ pem, message }) => {
    const text = pem();
    expect(() => parseCertificateRequest(text)).toThrow(PkiError);
    expect(() => parseCertificateRequest(text)).toThrow(message);
  });

  test('every truncation and every changed byte, with a PkiError', () => {
    const der = decodePemBlock(good, REQUEST);
    const variants = Array.from({ length: der.length }, (_, at) => [
      der.subarray(0, at),
      Buffer.concat([der.subarray(0, at), Buffer.of(der[at]! ^ 0xff), der.subarray(at + 1)]),
    ]).flat();
    for (const variant of variants) {
      expect(() => parseCertificateRequest(encodePem(REQUEST, variant))).toThrow(PkiError);
    }
  });
});
