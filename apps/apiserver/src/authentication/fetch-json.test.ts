import { afterAll, describe, expect, test } from 'bun:test';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Dialer, DirectDialer, type Target } from '@hawser/dial';
import { createCertificateAuthority, encodePrivateKey, generateKeyPair, signCertificate } from '@hawser/pki';
import { fetchJson } from './fetch-json.ts';

const notBefore = new Date(Date.now() - 60_000);
const notAfter = new Date(Date.now() + 3_600_000);
const [ca, otherCa] = ['ca', 'other'].map((commonName) =>
  createCertificateAuthority({ subject: { commonName }, notBefore, notAfter }),
);
const keyPair = generateKeyPair();
const cert = signCertificate({
  ca: ca!,
  subject: { commonName: 'issuer' },
  publicKey: keyPair.publicKey,
  notBefore,
  notAfter,
  usages: ['digital signature', 'server auth'],
  sans: { dnsNames: ['issuer.example'] },
});

let answer: RequestListener = () => {};
const seen: string[] = [];
const server = createServer({ key: encodePrivateKey(keyPair), cert }, (request, response) => {
  seen.push(`${request.method} ${request.headers.host}${request.url} ${request.headers.authorization ?? ''}`);
  answer(request, response);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
afterAll(() => void server.close());

/** To the server, whatever name is dialled. */
class ToServer implements Dialer {
  readonly dialled: Target[] = [];

  dial(target: Target, signal?: AbortSignal) {
    this.dialled.push(target);
    return new DirectDialer().dial({ host: '127.0.0.1', port }, signal);
  }
}

function get(url: string, authority = ca!, dialer: Dialer = new ToServer()) {
  const readCa = () => authority.certificatePem;
  return fetchJson({ dialer, readCa }, url, new AbortController().signal);
}

const json =
  (value: unknown): RequestListener =>
  (_request, response) =>
    response.end(JSON.stringify(value));

test('gets what is there, through the dialer that it was given', async () => {
  answer = json({ a: 1 });
  const dialer = new ToServer();
  seen.length = 0;
  expect(await get('https://issuer.example/x/.well-known/a?b=c', ca!, dialer)).toEqual({ a: 1 });
  expect(await get('https://issuer.example:8443/', ca!, dialer)).toEqual({ a: 1 });
  expect(dialer.dialled).toEqual([
    { host: 'issuer.example', port: 443 },
    { host: 'issuer.example', port: 8443 },
  ]);
  expect(seen).toEqual(['GET issuer.example/x/.well-known/a?b=c ', 'GET issuer.example:8443/ ']);
});

describe('refuses', () => {
  const cases: { name: string; answer: RequestListener; why: string }[] = [
    {
      name: 'a redirect',
      answer: (_request, response) => response.writeHead(302, { location: 'https://evil.example' }).end('{}'),
      why: 'answered 302',
    },
    {
      name: 'an error',
      answer: (_request, response) => response.writeHead(500).end('{}'),
      why: 'answered 500',
    },
    {
      name: 'what is not JSON',
      answer: (_request, response) => response.end('<secret>'),
      why: 'the answer is not JSON',
    },
    {
      name: 'more than a mebibyte',
      answer: (_request, response) => response.end(Buffer.alloc(1024 * 1024 + 1, ' ')),
      why: 'larger than 1048576 bytes',
    },
    {
      name: 'nothing',
      answer: (_request, response) => response.destroy(),
      why: 'GET https://issuer.example/',
    },
  ];
  for (const { name, answer: given, why } of cases)
    test(name, async () => {
      answer = given;
      const failure = await get('https://issuer.example/').catch((error: Error) => error.message);
      expect(failure).toContain(why);
      expect(failure).not.toContain('secret');
    });

  test('whoever is not vouched for, or somebody else', async () => {
    answer = json({});
    seen.length = 0;
    await expect(get('https://issuer.example/', otherCa!)).rejects.toThrow('failed to verify issuer.example');
    await expect(get('https://other.example/')).rejects.toThrow('failed to verify other.example');
    expect(seen).toEqual([]);
  });
});
