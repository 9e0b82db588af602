import { afterEach, expect, test } from 'bun:test';
import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { FakeClock } from '@hawser/runtime';
import {
  type Tunnel,
  type TunnelBytes,
  TunnelError,
  type TunnelFailureReason,
  type TunnelOpener,
  type TunnelRequest,
} from '../../link/front-end.ts';
import { createHttpConnect } from './serve-http-connect.ts';

const servers: net.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A front end whose tunnels lead to the test. */
class Opener implements TunnelOpener {
  readonly requests: TunnelRequest[] = [];
  readonly ended = Promise.withResolvers<TunnelBytes>();
  readonly aborted = Promise.withResolvers<void>();
  readonly opened = Promise.withResolvers<Duplex>();
  failure: TunnelFailureReason | 'silent' | undefined;

  async open(request: TunnelRequest, signal: AbortSignal): Promise<Tunnel> {
    this.requests.push(request);
    signal.addEventListener('abort', () => this.aborted.resolve());
    if (this.failure === 'silent') {
      await this.aborted.promise;
      throw new TunnelError('frontend_close', 'gone');
    }
    if (this.failure !== undefined) throw new TunnelError(this.failure, 'konnectivity tunnel: why');
    const [near, far] = duplexPair();
    far.once('close', () => near.destroy());
    this.opened.resolve(far);
    return { stream: near, agentID: 'a', ended: this.ended.resolve };
  }
}

async function setUp() {
  const [opener, clock] = [new Opener(), new FakeClock()];
  let connections = 0;
  const serve = createHttpConnect({
    clock,
    onConnections: (by) => {
      connections += by;
    },
  });
  const server = net.createServer({ allowHalfOpen: true }, (socket) => serve(socket, 'hub', opener));
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {});
  await once(socket, 'connect');
  return { opener, clock, socket, connections: () => connections };
}

/** Until the end of its half; an iterator would end the other half too. */
function readAll(stream: Duplex): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    stream.on('data', (chunk) => {
      text += chunk;
    });
    stream.on('end', () => resolve(text)).on('error', reject);
  });
}

async function readHead(socket: Socket): Promise<string> {
  let text = '';
  while (!text.endsWith('\r\n\r\n')) text += (await once(socket, 'data'))[0];
  return text;
}

const CONNECT = 'CONNECT 10.0.0.1:10250 HTTP/1.1\r\nHost: 10.0.0.1:10250\r\nUser-Agent: test\r\n\r\n';

test('carries bytes both ways, and the end of either half', async () => {
  const { opener, socket, connections } = await setUp();
  socket.write(CONNECT);
  expect(await readHead(socket)).toBe('HTTP/1.1 200 Connection Established\r\n\r\n');
  const far = await opener.opened.promise;
  socket.end('question');
  expect(await readAll(far)).toBe('question');
  far.end('answer, after the end of the question');
  expect(await readAll(socket)).toBe('answer, after the end of the question');
  expect(await opener.ended.promise).toEqual({ toTarget: 8, fromTarget: 37 });
  expect(opener.requests).toEqual([
    { target: { host: '10.0.0.1', port: 10250 }, client: 'hub', frontEnd: 'http-connect' },
  ]);
  expect(connections()).toBe(0);
});

test('what comes with the request, in whatever pieces, goes through the tunnel', async () => {
  const { opener, socket } = await setUp();
  for (const byte of `${CONNECT}early`) {
    socket.write(byte);
    await new Promise(setImmediate);
  }
  const far = await opener.opened.promise;
  await readHead(socket);
  socket.end(' and late');
  expect(await readAll(far)).toBe('early and late');
});

const refusals: { said: string; answered: string }[] = [
  { said: 'GET / HTTP/1.1\r\n\r\n', answered: '405 Method Not Allowed' },
  { said: 'CONNECT 10.0.0.1 HTTP/1.1\r\n\r\n', answered: '400 Bad Request' },
  { said: 'CONNECT 10.0.0.1:0 HTTP/1.1\r\n\r\n', answered: '400 Bad Request' },
  { said: 'CONNECT 10.0.0.1:65536 HTTP/1.1\r\n\r\n', answered: '400 Bad Request' },
  { said: 'CONNECT http://a/:80 HTTP/1.1\r\n\r\n', answered: '400 Bad Request' },
  { said: 'CONNECT [::1:80 HTTP/1.1\r\n\r\n', answered: '400 Bad Request' },
  { said: 'CONNECT [zz]:80 HTTP/1.1\r\n\r\n', answered: '400 Bad Request' },
  { said: 'CONNECT a:80 b HTTP/1.1\r\n\r\n', answered: '400 Bad Request' },
  { said: 'CONNECT a:80 HTTP/3\r\n\r\n', answered: '400 Bad Request' },
  { said: '\u0016\u0003\u0001\r\n\r\n', answered: '400 Bad Request' },
  {
    said: `CONNECT a:80 HTTP/1.1\r\nX: ${'y'.repeat(20_000)}`,
    answered: '431 Request Header Fields Too Large',
  },
];
for (const { said, answered } of refusals)
  test(`answers ${JSON.stringify(said.slice(0, 40))} with ${answered}`, async () => {
    const { opener, socket } = await setUp();
    socket.write(said);
    const text = await readAll(socket);
    expect(text).toStartWith(`HTTP/1.1 ${answered}\r\n`);
    expect(opener.requests).toEqual([]);
    socket.end();
  });

test('takes IPv6 targets', async () => {
  const { opener, socket } = await setUp();
  socket.write('CONNECT [fd00::1]:443 HTTP/1.1\r\n\r\n');
  await readHead(socket);
  expect(opener.requests[0]!.target).toEqual({ host: 'fd00::1', port: 443 });
  socket.destroy();
});

const failures: { reason: TunnelFailureReason; code: number }[] = [
  { reason: 'no_agent', code: 503 },
  { reason: 'error_response', code: 502 },
  { reason: 'backend_close', code: 502 },
  { reason: 'backend_dial_timeout', code: 504 },
];
for (const { reason, code } of failures)
  test(`answers ${reason} with ${code}, and why`, async () => {
    const { opener, socket, connections } = await setUp();
    opener.failure = reason;
    socket.write(CONNECT);
    const text = await readAll(socket);
    expect(text).toStartWith(`HTTP/1.1 ${code} `);
    expect(text).toEndWith('\r\n\r\nkonnectivity tunnel: why\n');
    socket.end();
    await once(socket, 'close');
    while (connections() > 0) await new Promise(setImmediate);
  });

test('a client that goes takes its dial along', async () => {
  const { opener, socket } = await setUp();
  opener.failure = 'silent';
  socket.write(CONNECT);
  while (opener.requests.length === 0) await new Promise(setImmediate);
  socket.destroy();
  await opener.aborted.promise;
});

test('a client that goes on sending before it is answered is held back', async () => {
  const { opener, socket } = await setUp();
  opener.failure = 'silent';
  socket.write(CONNECT);
  const all = Buffer.alloc(32 << 20);
  expect(socket.write(all)).toBe(false);
  while (opener.requests.length === 0) await new Promise(setImmediate);
  for (let i = 0; i < 1000; i += 1) await new Promise(setImmediate);
  expect(socket.writableLength).toBeGreaterThan(8 << 20);
  socket.destroy();
});

test('a request that does not end is given up', async () => {
  const { clock, socket, connections } = await setUp();
  socket.write('CONNECT 10.0.0.1:10250 HTTP/1.1\r\n');
  while (connections() === 0) await new Promise(setImmediate);
  clock.advance(20_000);
  expect(await readAll(socket)).toStartWith('HTTP/1.1 408 ');
  socket.end();
});

test('a target that goes before its end breaks the tunnel', async () => {
  const { opener, socket } = await setUp();
  socket.write(CONNECT);
  await readHead(socket);
  (await opener.opened.promise).destroy();
  expect((await opener.ended.promise).error).toBeInstanceOf(Error);
  expect(await readAll(socket)).toBe('');
  socket.end();
});
