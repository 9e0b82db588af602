import { afterAll, beforeAll, expect, test } from 'bun:test';
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls, { type Server } from 'node:tls';
import { createCertificateAuthority, encodePrivateKey, generateKeyPair, signCertificate } from '@hawser/pki';
import { DialError } from './dialer.ts';
import { DirectDialer } from './direct-dialer.ts';
import { TlsMemory } from './tls-memory.ts';
import { type TlsClientOptions, tlsOver } from './tls-over.ts';

const life = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
const ca = createCertificateAuthority({ subject: { commonName: 'ca' }, ...life });
const otherCa = createCertificateAuthority({ subject: { commonName: 'ca' }, ...life });
const dialer = new DirectDialer();
let server: Server;
let port: number;

beforeAll(async () => {
  const keyPair = generateKeyPair('ecdsa-p256');
  const cert = signCertificate({
    ca,
    publicKey: keyPair.publicKey,
    subject: { commonName: 'system:node:node-1', organizations: ['system:nodes'] },
    sans: { ipAddresses: ['127.0.0.1'] },
    usages: ['digital signature', 'server auth'],
    ...life,
  });
  server = tls.createServer({ cert, key: encodePrivateKey(keyPair) }, (socket) => socket.end('hello'));
  server.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => server.listen(0, resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => void server.close());

async function connect(host: string, options: Partial<TlsClientOptions>): Promise<string> {
  const stream = await dialer.dial({ host, port });
  const socket = await tlsOver(stream, { ca: ca.certificatePem, serverName: host, ...options });
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

test('connects to a peer that is who it should be', async () => {
  expect(await connect('127.0.0.1', { commonName: 'system:node:node-1' })).toBe('hello');
});

const impostors: { name: string; host: string; options: Partial<TlsClientOptions>; says: string }[] = [
  {
    name: 'a peer of another CA',
    host: '127.0.0.1',
    options: { ca: otherCa.certificatePem },
    says: 'failed to verify 127.0.0.1',
  },
  {
    name: 'a peer at an address that its certificate is not for',
    host: '127.0.1.1',
    options: {},
    says: 'failed to verify 127.0.1.1',
  },
  {
    name: 'another node than the one meant',
    host: '127.0.0.1',
    options: { commonName: 'system:node:node-2' },
    says: 'certificate is for system:node:node-1, not for system:node:node-2',
  },
];
for (const { name, host, options, says } of impostors)
  test(`refuses ${name}`, async () => {
    const attempt = connect(host, options);
    expect(attempt).rejects.toBeInstanceOf(DialError);
    expect(attempt).rejects.toThrow(says);
    await attempt.catch(() => {});
  });

const unusable: { name: string; options: Partial<TlsClientOptions>; says: string }[] = [
  { name: 'no CA at all', options: { ca: '' }, says: 'there is no CA that could vouch for it' },
  { name: 'an empty file of CAs', options: { ca: Buffer.alloc(0) }, says: 'there is no CA' },
  { name: 'what is no CA', options: { ca: 'junk' }, says: 'cannot verify 127.0.0.1: ' },
  {
    name: 'what is no key',
    options: { cert: ca.certificatePem, key: 'junk' },
    says: 'cannot verify 127.0.0.1: ',
  },
];
for (const { name, options, says } of unusable)
  for (const memory of [undefined, new TlsMemory()])
    test(`with ${name} nothing is trusted, and no connection stays${memory ? ', remembered or not' : ''}`, async () => {
      const stream = await dialer.dial({ host: '127.0.0.1', port });
      const settings = { ca: ca.certificatePem, serverName: '127.0.0.1', ...options };
      const attempt = tlsOver(stream, { ...settings, ...(memory && { memory }) });
      expect(attempt).rejects.toBeInstanceOf(DialError);
      expect(attempt).rejects.toThrow(says);
      await attempt.catch(() => {});
      expect(stream.destroyed).toBe(true);
    });

test('an abort ends a handshake that nobody answers, and leaves no connection', async () => {
  const made = Promise.withResolvers<Socket>();
  await using silent = net.createServer(made.resolve).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const stream = await dialer.dial({ host: '127.0.0.1', port: (silent.address() as AddressInfo).port });
  const gone = new AbortController();
  const { signal } = gone;
  const attempt = tlsOver(stream, { ca: ca.certificatePem, serverName: '127.0.0.1', signal });
  const closed = once((await made.promise).resume(), 'close');
  gone.abort();
  await expect(attempt).rejects.toThrow('failed to verify 127.0.0.1: canceled');
  await closed;
});

test('an address where nobody listens says so', () => {
  expect(dialer.dial({ host: '127.0.0.1', port: 1 })).rejects.toThrow('dial tcp 127.0.0.1:1:');
});

test('an abort ends a dial', () => {
  expect(dialer.dial({ host: '127.0.0.1', port }, AbortSignal.abort())).rejects.toThrow('canceled');
});
