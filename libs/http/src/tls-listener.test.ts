import { describe, expect, test } from 'bun:test';
import { once } from 'node:events';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import { createCertificateAuthority, encodePrivateKey, generateKeyPair, signCertificate } from '@hawser/pki';
import { listenTls, tlsSocketOf } from './tls-listener.ts';

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

describe('when the client CA is replaced', () => {
  const authorityOf = (commonName: string) =>
    createCertificateAuthority({ subject: { commonName }, notBefore, notAfter });
  const [old, next] = [authorityOf('old'), authorityOf('next')];
  const clientOf = (authority: typeof ca) => {
    const { publicKey, privateKey } = generateKeyPair();
    const pem = signCertificate({
      ...{ ca: authority, publicKey, notBefore, notAfter, subject: { commonName: 'client' } },
      usages: ['digital signature', 'client auth'],
    });
    return { cert: pem, key: encodePrivateKey({ publicKey, privateKey }) };
  };
  const both = old.certificatePem + next.certificatePem;
  /** A connection on which the server says whether it knows the client. */
  async function connected(port: number, identity: object, alpn = 'http/1.1'): Promise<tls.TLSSocket> {
    const trust = { host: '127.0.0.1', port, ca: ca.certificatePem, ALPNProtocols: [alpn] };
    const socket = tls.connect({ ...trust, ...identity }).on('error', () => {});
    if (alpn === 'http/1.1') {
      socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
      await once(socket, 'data');
    } else {
      socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
      await once(socket, 'data');
    }
    return socket;
  }
  const isOpen = async (socket: tls.TLSSocket) => {
    // What was closed on the other side says so before an answer comes.
    if (socket.alpnProtocol === 'http/1.1') socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    else socket.write('\0\0\x08\x06\0\0\0\0\0pingpong');
    return (
      (await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => undefined)])) !== undefined
    );
  };
  const serve = (clientCa: string) =>
    listenTls(0, '127.0.0.1', {
      material: { ...material, clientCa },
      onRequest: (request, response) => void response.end(String(tlsSocketOf(request).authorized)),
    });

  for (const alpn of ['http/1.1', 'h2'])
    test(`connections go on for whom the new bundle vouches, and end for others (${alpn})`, async () => {
      await using listener = await serve(both);
      const { port } = listener.address;
      const leaving = await connected(port, clientOf(old), alpn);
      const staying = await connected(port, clientOf(next), alpn);
      const anonymous = await connected(port, {}, alpn);
      listener.replaceMaterial({ ...material, clientCa: `# the same\n${both}` });
      for (const socket of [leaving, staying, anonymous]) expect(await isOpen(socket)).toBe(true);
      listener.replaceMaterial({ ...material, clientCa: next.certificatePem });
      expect(await isOpen(leaving)).toBe(false);
      for (const socket of [staying, anonymous]) expect(await isOpen(socket)).toBe(true);
      for (const socket of [staying, anonymous]) socket.destroy();
    });

  test('whoever was unknown is asked to come again once its CA is there', async () => {
    await using listener = await serve(old.certificatePem);
    const early = await connected(listener.address.port, clientOf(next));
    listener.replaceMaterial({ ...material, clientCa: both });
    expect(await isOpen(early)).toBe(false);
  });

  test('a handshake that was begun before and ends after is judged by the new bundle', async () => {
    await using listener = await serve(both);
    const { port } = listener.address;
    const raw = net.connect(port, '127.0.0.1').on('error', () => {});
    await once(raw, 'connect');
    const known = await connected(port, clientOf(old));
    listener.replaceMaterial({ ...material, clientCa: next.certificatePem });
    const late = tls.connect({ socket: raw, ca: ca.certificatePem, ...clientOf(old) }).on('error', () => {});
    late.once('secureConnect', () => late.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'));
    const answer = await Promise.race([
      once(late, 'data').then(String),
      once(late, 'close').then(() => 'closed'),
    ]);
    expect(answer.endsWith('true')).toBe(false);
    known.destroy();
    late.destroy();
  });

  test('what cannot be served with changes nothing', async () => {
    await using listener = await serve(old.certificatePem);
    const known = await connected(listener.address.port, clientOf(old));
    expect(() => listener.replaceMaterial({ ...material, cert: 'no certificate' })).toThrow();
    expect(() => listener.replaceMaterial({ ...material, clientCa: '' })).toThrow();
    expect(await isOpen(known)).toBe(true);
    known.destroy();
    (await connected(listener.address.port, clientOf(old))).destroy();
  });
});
