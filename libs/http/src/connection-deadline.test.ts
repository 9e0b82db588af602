import { afterEach, describe, expect, test } from 'bun:test';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import http2 from 'node:http2';
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { createCertificateAuthority, encodePrivateKey, generateKeyPair, signCertificate } from '@hawser/pki';
import { FakeClock } from '@hawser/runtime';
import type { ConnectionLimits } from './connection-limits.ts';
import { listenTls, type TlsListener, type TlsListenerOptions } from './tls-listener.ts';

const [notBefore, notAfter] = [new Date(Date.now() - 60_000), new Date(Date.now() + 3_600_000)];
const ca = createCertificateAuthority({ subject: { commonName: 'test' }, notBefore, notAfter });
const keyPair = generateKeyPair();
const cert = signCertificate({
  ...{ ca, publicKey: keyPair.publicKey, notBefore, notAfter, usages: ['digital signature', 'server auth'] },
  ...{ subject: { commonName: 'test' }, sans: { ipAddresses: ['127.0.0.1'] } },
});
const material = { cert, key: encodePrivateKey(keyPair), clientCa: ca.certificatePem };
const SHORT_MS = 50;
const HOUR_MS = 3_600_000;

const open: { listener?: TlsListener; clients: { destroy(): void }[] } = { clients: [] };
afterEach(async () => {
  for (const client of open.clients.splice(0)) client.destroy();
  await open.listener?.[Symbol.asyncDispose]();
});

async function listen(
  limits: Partial<ConnectionLimits>,
  more: Partial<TlsListenerOptions> = {},
): Promise<number> {
  const onRequest = (_request: IncomingMessage, response: ServerResponse) => void response.end('hello');
  open.listener = await listenTls(0, '127.0.0.1', { material, onRequest, limits, ...more });
  return open.listener.address.port;
}

async function connect(port: number, protocol: 'h2' | 'http/1.1' = 'http/1.1'): Promise<tls.TLSSocket> {
  const options = { host: '127.0.0.1', port, ca: ca.certificatePem, ALPNProtocols: [protocol] };
  const socket = tls.connect(options).on('error', () => {});
  open.clients.push(socket);
  await once(socket, 'secureConnect');
  return socket;
}

function openSession(port: number): http2.ClientHttp2Session {
  const session = http2.connect(`https://127.0.0.1:${port}`, { ca: ca.certificatePem }).on('error', () => {});
  open.clients.push(session);
  return session;
}

/** Resolves when the server has closed a connection whose client reads all and closes nothing. */
async function closed(socket: Socket): Promise<void> {
  socket.resume();
  // A client that was still writing sees the connection reset: `once` would take that for a failure.
  if (!socket.destroyed) await new Promise<void>((resolve) => socket.once('close', () => resolve()));
}

/** What a server answers, up to and with these words. */
async function answer(socket: Socket, words: string): Promise<void> {
  let text = '';
  while (!text.includes(words)) {
    const [chunk] = await once(socket, 'data');
    text += String(chunk);
  }
}

const HEAD = 'Host: test\r\n';

describe('a connection is closed when', () => {
  test('its client never begins a handshake', async () => {
    const port = await listen({ handshakeMs: SHORT_MS });
    const socket = net.connect(port, '127.0.0.1').on('error', () => {});
    open.clients.push(socket);
    await closed(socket);
  });

  for (const protocol of ['http/1.1', 'h2'] as const)
    test(`nothing follows the handshake for ${protocol}`, async () => {
      await closed(await connect(await listen({ requestHeadMs: SHORT_MS }), protocol));
    });

  test('a request head comes byte by byte', async () => {
    const socket = await connect(await listen({ requestHeadMs: SHORT_MS }));
    socket.write(`GET / HTTP/1.1\r\n${HEAD}`);
    const dripping = setInterval(() => socket.write('A: b\r\n'), 5);
    await closed(socket);
    clearInterval(dripping);
  });

  test('a session of HTTP/2 asks for nothing', async () => {
    const session = openSession(await listen({ requestHeadMs: SHORT_MS }));
    await once(session, 'close');
  });

  test('nothing follows an answer over HTTP/1.1', async () => {
    const socket = await connect(await listen({ idleMs: SHORT_MS }));
    socket.write(`GET / HTTP/1.1\r\n${HEAD}\r\n`);
    await answer(socket, 'hello');
    await closed(socket);
  });

  test('nothing follows an answer over HTTP/2', async () => {
    const session = openSession(await listen({ idleMs: SHORT_MS }));
    const stream = session.request({ ':path': '/' });
    stream.resume();
    await once(stream, 'close');
    if (!session.closed) await once(session, 'close');
  });

  test('the body of a request does not come, though it is answered', async () => {
    const socket = await connect(await listen({ requestBodyMs: SHORT_MS, idleMs: HOUR_MS }));
    socket.write(`POST / HTTP/1.1\r\n${HEAD}Content-Length: 10\r\n\r\nabc`);
    await closed(socket);
  });

  test('the body of a request that was to be taken as it comes is not taken, and does not come', async () => {
    const takesBodyAsItComes = () => true;
    const limits = { requestBodyMs: SHORT_MS, idleMs: HOUR_MS };
    const socket = await connect(await listen(limits, { takesBodyAsItComes }));
    socket.write(`POST / HTTP/1.1\r\n${HEAD}Content-Length: 10\r\n\r\nabc`);
    await closed(socket);
  });

  test('the chunks of a request never end', async () => {
    const onRequest = (request: IncomingMessage) => void request.resume();
    const socket = await connect(await listen({ requestBodyMs: SHORT_MS }, { onRequest }));
    socket.write(`POST / HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    const dripping = setInterval(() => socket.write('1\r\nx\r\n'), 5);
    await closed(socket);
    clearInterval(dripping);
  });
});

describe('a connection is kept when', () => {
  test('an answer goes on for hours over HTTP/1.1', async () => {
    const clock = new FakeClock();
    const { promise, resolve } = Promise.withResolvers<ServerResponse>();
    const onRequest = (_request: IncomingMessage, response: ServerResponse) => {
      response.write('begin');
      resolve(response);
    };
    const socket = await connect(await listen({}, { clock, onRequest }));
    socket.write(`GET /?watch=1 HTTP/1.1\r\n${HEAD}Content-Length: 2\r\n\r\n{}`);
    await answer(socket, 'begin');
    clock.advance(9 * HOUR_MS);
    (await promise).write('later');
    await answer(socket, 'later');
  });

  test('an answer goes on for hours over HTTP/2', async () => {
    const clock = new FakeClock();
    const { promise, resolve } = Promise.withResolvers<ServerResponse>();
    const onRequest = (_request: IncomingMessage, response: ServerResponse) => {
      response.write('begin');
      resolve(response);
    };
    const session = openSession(await listen({}, { clock, onRequest }));
    const stream = session.request({ ':path': '/?watch=1' });
    await once(stream, 'data');
    const other = session.request({ ':path': '/?watch=2' });
    await once(other, 'data');
    other.close();
    clock.advance(9 * HOUR_MS);
    (await promise).write('later');
    expect(String((await once(stream, 'data'))[0])).toBe('later');
  });

  test('a long answer follows a body that came whole', async () => {
    const clock = new FakeClock();
    const { promise, resolve } = Promise.withResolvers<ServerResponse>();
    const onRequest = (request: IncomingMessage, response: ServerResponse) =>
      void request.resume().once('end', () => resolve(response));
    const socket = await connect(await listen({}, { clock, onRequest }));
    socket.write(`POST / HTTP/1.1\r\n${HEAD}Content-Length: 2\r\n\r\n{}`);
    const response = await promise;
    clock.advance(HOUR_MS);
    response.end('late but there');
    await answer(socket, 'there');
  });

  for (const method of ['POST', 'GET'])
    test(`the body of a ${method} is taken as it comes`, async () => {
      const clock = new FakeClock();
      const onRequest = (request: IncomingMessage, response: ServerResponse) => void request.pipe(response);
      const takesBodyAsItComes = () => true;
      const socket = await connect(await listen({}, { clock, onRequest, takesBodyAsItComes }));
      socket.write(`${method} / HTTP/1.1\r\n${HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nbegin\r\n`);
      await answer(socket, 'begin');
      clock.advance(9 * HOUR_MS);
      socket.write('5\r\nlater\r\n0\r\n\r\n');
      await answer(socket, 'later');
    });

  test('it was upgraded', async () => {
    const clock = new FakeClock();
    const { promise, resolve } = Promise.withResolvers<{ write(text: string): unknown }>();
    const onUpgrade: TlsListenerOptions['onUpgrade'] = (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n');
      resolve(socket);
    };
    const socket = await connect(await listen({}, { clock, onUpgrade }));
    socket.write(`GET / HTTP/1.1\r\n${HEAD}Connection: Upgrade\r\nUpgrade: test\r\n\r\n`);
    await answer(socket, '101');
    clock.advance(9 * HOUR_MS);
    (await promise).write('later');
    await answer(socket, 'later');
  });

  test('each request comes in time', async () => {
    const clock = new FakeClock();
    const socket = await connect(await listen({}, { clock }));
    for (let count = 0; count < 5; count += 1) {
      socket.write(`POST / HTTP/1.1\r\n${HEAD}Content-Length: 2\r\n\r\n{}`);
      await answer(socket, 'hello');
      clock.advance(25_000);
    }
  });
});

describe('over HTTP/2', () => {
  test('a client is told before its connection is closed, so that it can send again what it has just sent', async () => {
    const socket = await connect(await listen({ requestHeadMs: SHORT_MS }), 'h2');
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(frame({ type: 4, flags: 0, stream: 0, payload: [] }));
    const GOAWAY = 7;
    const nothingDoneAndNoError = '00'.repeat(8);
    expect(await framesOf(socket, GOAWAY, 1)).toEqual([nothingDoneAndNoError]);
    await closed(socket);
  });

  test('a stream whose body does not come is reset, and the others go on', async () => {
    const onRequest = (request: IncomingMessage, response: ServerResponse) =>
      void request.resume().once('end', () => response.end('whole'));
    const session = openSession(await listen({ requestBodyMs: SHORT_MS }, { onRequest }));
    const late = session.request({ ':path': '/', ':method': 'POST' });
    late.write('abc');
    const [fault] = await once(late, 'error');
    expect(fault).toBeInstanceOf(Error);
    const whole = session.request({ ':path': '/', ':method': 'POST' });
    whole.end('abc');
    expect(String((await once(whole, 'data'))[0])).toBe('whole');
  });

  test('requests beyond the limit are refused though the client does not keep to it', async () => {
    let requests = 0;
    const onRequest = () => {
      requests += 1;
    };
    const socket = await connect(await listen({ maxConcurrentStreams: 3 }, { onRequest }), 'h2');
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(frame({ type: 4, flags: 0, stream: 0, payload: [] }));
    for (let stream = 1; stream < 20; stream += 2)
      socket.write(frame({ type: 1, flags: 5, stream, payload: GET_ROOT }));
    const refusals = await framesOf(socket, 3, 7);
    expect(refusals).toEqual(Array(7).fill('00000007'));
    expect(requests).toBe(3);
  });

  test('bodies that nobody reads are held back', async () => {
    const seen: IncomingMessage[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const onRequest = (request: IncomingMessage) => {
      seen.push(request);
      if (seen.length === 20) resolve();
    };
    const session = openSession(await listen({}, { onRequest }));
    for (let count = 0; count < 20; count += 1)
      session
        .request({ ':path': '/', ':method': 'POST' })
        .on('error', () => {})
        .write(Buffer.alloc(400_000));
    await promise;
    await new Promise((done) => session.ping(done));
    const held = seen.reduce((sum, request) => sum + request.readableLength, 0);
    expect(held).toBeLessThan(20 * 150_000);
  });
});

/** `GET https://a/` in HPACK: three entries of its static table and a literal (RFC 7541, appendix A). */
const GET_ROOT = [0x82, 0x84, 0x87, 0x41, 0x01, 0x61];

interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: readonly number[];
}

/** A frame as RFC 9113, section 4.1, lays it out. */
function frame({ type, flags, stream, payload }: Frame): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, Buffer.from(payload)]);
}

/** The payloads, in hexadecimal, of the next frames of a type. */
async function framesOf(socket: Socket, type: number, count: number): Promise<string[]> {
  const payloads: string[] = [];
  let bytes = Buffer.alloc(0);
  while (payloads.length < count) {
    bytes = Buffer.concat([bytes, (await once(socket, 'data'))[0] as Buffer]);
    while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
      const end = 9 + bytes.readUIntBE(0, 3);
      if (bytes[3] === type) payloads.push(bytes.subarray(9, end).toString('hex'));
      bytes = bytes.subarray(end);
    }
  }
  return payloads;
}
