import { expect, test } from 'bun:test';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import { createCertificateAuthority, encodePrivateKey, generateKeyPair, signCertificate } from '@hawser/pki';
import { listenTls } from './tls-listener.ts';

const [notBefore, notAfter] = [new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000)];
const ca = createCertificateAuthority({ subject: { commonName: 'test' }, notBefore, notAfter });
const keyPair = generateKeyPair();
const cert = signCertificate({
  ...{ ca, publicKey: keyPair.publicKey, notBefore, notAfter, usages: ['digital signature', 'server auth'] },
  ...{ subject: { commonName: 'test' }, sans: { ipAddresses: ['127.0.0.1'] } },
});
const material = { cert, key: encodePrivateKey(keyPair), clientCa: ca.certificatePem };
const listen = () =>
  listenTls(0, '127.0.0.1', { material, onRequest: (_request, response) => void response.end('hello') });

test('closes though clients keep their connections', async () => {
  const listener = await listen();
  const agent = new https.Agent({ keepAlive: true, ca: ca.certificatePem });
  const { port } = listener.address;
  const text = await new Promise<string>((resolve, reject) => {
    https
      .get({ host: '127.0.0.1', port, agent }, (response) => {
        response.on('data', (chunk) => resolve(String(chunk)));
      })
      .on('error', reject);
  });
  expect(text).toBe('hello');
  await listener[Symbol.asyncDispose]();
  agent.destroy();
});

test('closes though handshakes are under way', async () => {
  const listener = await listen();
  const { port } = listener.address;
  const clients = Array.from({ length: 20 }, () =>
    tls.connect({ host: '127.0.0.1', port, ca: ca.certificatePem }).on('error', () => {}),
  );
  await new Promise((resolve) => clients[0]!.once('connect', resolve));
  await listener[Symbol.asyncDispose]();
  for (const client of clients) client.destroy();
});

test('closes though a client has never begun its handshake', async () => {
  const listener = await listen();
  const client = net.connect(listener.address.port, '127.0.0.1').on('error', () => {});
  await new Promise((resolve) => client.once('connect', resolve));
  await listener[Symbol.asyncDispose]();
  client.destroy();
});

test('does not listen for clients that an empty file vouches for', () => {
  for (const clientCa of ['', Buffer.alloc(0)]) {
    const listening = () =>
      listenTls(0, '127.0.0.1', { onRequest: () => {}, material: { ...material, clientCa } });
    expect(listening).toThrow('the file of client CAs is empty');
  }
});
