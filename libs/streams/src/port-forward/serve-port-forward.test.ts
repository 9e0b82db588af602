import { describe, expect, test } from 'bun:test';
import { Duplex } from 'node:stream';
import { aborted, type Clock, FakeClock, systemClock } from '@hawser/runtime';
import { pipeBoth } from '../pipe-both.ts';
import type { AcceptOptions } from '../remote-command/accept-remote-command.ts';
import type { SpdyHeaders } from '../spdy/header-codec.ts';
import { SpdyConnection } from '../spdy/spdy-connection.ts';
import type { SpdyStream } from '../spdy/spdy-stream.ts';
import { RawWebSocket, spdyRequest, webSocketRequest } from '../testing/raw-web-socket.ts';
import { readAll } from '../testing/read-all.ts';
import { readHead, socketPair } from '../testing/socket-pair.ts';
import { dialSpdy } from '../upgrade/dial-spdy.ts';
import { UpgradeRefusedError } from '../upgrade/upgrade-error.ts';
import { acceptWebSocket } from '../websocket/accept-web-socket.ts';
import { WebSocketConnection } from '../websocket/web-socket-connection.ts';
import { webSocketDuplex } from '../websocket/web-socket-duplex.ts';
import { Opcode } from '../websocket/web-socket-frames.ts';
import type { ConnectPort } from './connect-port.ts';
import { PORT_FORWARD_PROTOCOL, servePortForward, TUNNEL_PROTOCOL } from './serve-port-forward.ts';

/** Ports of a pod: 80 answers when its client has ended, 81 hears nothing, 82 breaks, all others refuse. */
async function connectPort(port: number): Promise<Duplex> {
  if (port > 82) throw new Error(`error forwarding port ${port} to pod web, uid 1: connection refused`);
  const [near, far] = await socketPair();
  if (port === 80) void readAll(far).then((text) => far.end(`${port}: ${text}`));
  if (port === 82) far.once('data', () => far.resetAndDestroy());
  return near;
}

async function spdySession(options: AcceptOptions = {}, connect: ConnectPort = connectPort) {
  const [near, far] = await socketPair();
  const served = servePortForward(
    spdyRequest(['portforward.k8s.io']),
    far,
    Buffer.alloc(0),
    connect,
    options,
  );
  served.catch(() => {});
  const { text, rest } = await readHead(near);
  const client = new SpdyConnection(near, { role: 'client' }, rest);
  return { client, served, answer: text };
}

/** The two streams of a connection, as kubectl opens them. */
async function open(client: SpdyConnection, port: number, requestID: string) {
  const headers = { port: String(port), requestID };
  const error = await client.createStream({ ...headers, streamType: 'error' });
  error.end();
  const data = await client.createStream({ ...headers, streamType: 'data' });
  return { error, data };
}

async function closed(stream: Duplex): Promise<void> {
  stream.resume();
  if (!stream.destroyed) await new Promise((resolve) => stream.once('close', resolve));
}

const text = async (stream: SpdyStream) => String(await readAll(stream));

describe('over SPDY', () => {
  test('connections are carried side by side, and end by halves', async () => {
    const { client, served, answer } = await spdySession();
    expect(answer.split('\r\n')).toEqual([
      'HTTP/1.1 101 Switching Protocols',
      'Connection: Upgrade',
      'Upgrade: SPDY/3.1',
      'X-Stream-Protocol-Version: portforward.k8s.io',
    ]);
    const pairs = await Promise.all(['0', '1', '2'].map((id) => open(client, 80, id)));
    for (const [index, { data }] of pairs.entries()) data.end(`question ${index}`);
    const answers = await Promise.all(pairs.map(({ data }) => text(data)));
    expect(answers).toEqual([0, 1, 2].map((index) => `80: question ${index}`));
    expect(await Promise.all(pairs.map(({ error }) => text(error)))).toEqual(['', '', '']);
    expect(client.openStreams).toBe(0);
    client.close();
    await served;
  });

  test('a session that has ended leaves nothing to wait for', async () => {
    const pending = new Set<number>();
    let timers = 0;
    const clock: Clock = {
      now: () => systemClock.now(),
      after(ms, callback) {
        const id = ++timers;
        pending.add(id);
        const timer = systemClock.after(ms, () => {
          pending.delete(id);
          callback();
        });
        const cancel = () => {
          pending.delete(id);
          timer[Symbol.dispose]();
        };
        return { [Symbol.dispose]: cancel };
      },
    };
    const { client, served } = await spdySession({ clock });
    const { data, error } = await open(client, 80, '0');
    data.end('question');
    expect(await text(data)).toBe('80: question');
    expect(await text(error)).toBe('');
    client.close();
    await served;
    while (pending.size > 0) await Bun.sleep(5);
  });

  test('a port that refuses is told on the error stream, and the session goes on', async () => {
    const { client } = await spdySession();
    const refused = await open(client, 99, '0');
    expect(await text(refused.error)).toContain('port 99 to pod web');
    expect(await text(refused.data)).toBe('');
    const next = await open(client, 80, '1');
    next.data.end('again');
    expect(await text(next.data)).toBe('80: again');
    client.destroy();
  });

  test('a connection that breaks is reset without a word, and the session goes on', async () => {
    const { client } = await spdySession();
    const broken = await open(client, 82, '0');
    broken.data.write('x');
    await closed(broken.data);
    expect(await text(broken.error)).toBe('');
    const next = await open(client, 80, '1');
    next.data.end('again');
    expect(await text(next.data)).toBe('80: again');
    client.destroy();
  });

  test('a client that is gone takes its connections with it', async () => {
    const made = Promise.withResolvers<Duplex>();
    const { client, served } = await spdySession({}, async (port) => {
      const target = await connectPort(port);
      made.resolve(target);
      return target;
    });
    await open(client, 81, '0');
    const target = await made.promise;
    client.destroy();
    await served;
    await closed(target);
  });

  test('a client that is gone before its port is connected to is not waited for', async () => {
    const asked = Promise.withResolvers<AbortSignal>();
    const { client, served } = await spdySession({}, (_port, signal) => {
      asked.resolve(signal);
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    await open(client, 80, '0');
    const signal = await asked.promise;
    client.destroy();
    await served;
    expect(signal.aborted).toBe(true);
  });

  test('a connection that its client gives up is not waited for, whoever makes it', async () => {
    const asked = Promise.withResolvers<AbortSignal>();
    const late = Promise.withResolvers<Duplex>();
    const { client } = await spdySession({}, (_port, signal) => {
      asked.resolve(signal);
      return late.promise;
    });
    const { data } = await open(client, 80, '0');
    const signal = await asked.promise;
    data.destroy();
    await aborted(signal);
    const target = await connectPort(81);
    late.resolve(target);
    await closed(target);
    client.destroy();
  });

  test('streams that name no port or no type are refused', async () => {
    const { client } = await spdySession();
    const faulty: SpdyHeaders[] = [
      { streamType: 'data' },
      { port: '0', streamType: 'data' },
      { port: '65536', streamType: 'data' },
      { port: '80' },
      { port: '80', streamType: 'stdin' },
    ];
    for (const headers of faulty) await expect(client.createStream(headers)).rejects.toThrow('refused');
    client.destroy();
  });

  test('a second stream of a kind is told, and reset', async () => {
    const { client } = await spdySession();
    const headers = { port: '80', requestID: '7', streamType: 'error' };
    const first = await client.createStream(headers);
    const second = await client.createStream(headers);
    await closed(second);
    expect(await text(first)).toBe('error processing stream for request 7: error stream already assigned');
    client.destroy();
  });

  test('a pair that does not come together in 30 s is given up', async () => {
    const clock = new FakeClock();
    const { client } = await spdySession({ clock });
    const error = await client.createStream({ port: '80', requestID: '7', streamType: 'error' });
    clock.advance(30_000);
    expect(await text(error)).toBe('(request=7) timed out waiting for streams');
    clock.advance(10_000);
    await client.ping();
    expect(client.openStreams).toBe(0);
    client.destroy();
  });

  test('streams without an id belong together by their numbers', async () => {
    const { client } = await spdySession();
    const error = await client.createStream({ port: '80', streamType: 'error' });
    const data = await client.createStream({ port: '80', streamType: 'data' });
    data.end('old');
    expect(await text(data)).toBe('80: old');
    error.end();
    client.destroy();
  });
});

/** A client of channels, with the streams of its ports. */
async function channelSession(url: string, protocols = ['v4.channel.k8s.io']) {
  const [near, far] = await socketPair();
  const client = new RawWebSocket(near);
  const request = webSocketRequest(protocols, url);
  const served = servePortForward(request, far, Buffer.alloc(0), connectPort);
  served.catch(() => {});
  return { client, served, answer: await client.answer };
}

describe('over channels of a WebSocket', () => {
  test('each port has a channel for data and one for errors, and both begin with the port', async () => {
    const { client, served } = await channelSession('/portforward?ports=81,256&ports=82');
    await client.until(() => client.frames.length >= 7);
    expect([0, 1, 2, 4, 5].map((channel) => [...client.on(channel)])).toEqual([
      [81, 0],
      [81, 0],
      [0, 1],
      [82, 0],
      [82, 0],
    ]);
    expect([...client.on(3).subarray(0, 2)]).toEqual([0, 1]);
    expect(client.on(3).subarray(2).toString()).toContain('port 256 to pod web');
    client.close();
    await served;
  });

  test('it ends when every port has, with all that they said', async () => {
    const answers = async () => {
      const [near, far] = await socketPair();
      far.end(Buffer.alloc(1_000_000, 'x'));
      return near;
    };
    const [near, far] = await socketPair();
    const client = new RawWebSocket(near);
    const request = webSocketRequest(['v4.channel.k8s.io'], '/?ports=80');
    const served = servePortForward(request, far, Buffer.alloc(0), answers);
    await client.until(() => client.closeCode !== undefined);
    expect(client.on(0).length).toBe(2 + 1_000_000);
    client.close();
    await served;
  });

  const faulty = [
    { name: 'no port', url: '/', message: 'query parameter "ports" is required' },
    { name: 'an empty port', url: '/?ports=', message: 'query parameter "ports" cannot be empty' },
    { name: 'a word', url: '/?ports=http', message: 'unable to parse "http" as a port' },
    { name: 'port 0', url: '/?ports=0', message: 'port "0" must be > 0' },
    { name: 'a port beyond', url: '/?ports=80,65536', message: 'unable to parse "65536" as a port' },
  ];
  for (const { name, url, message } of faulty)
    test(`${name} is refused`, async () => {
      const { served, answer } = await channelSession(url);
      expect(answer).toStartWith('HTTP/1.1 400 Bad Request');
      await expect(served).rejects.toThrow(new UpgradeRefusedError(400, message));
    });
});

/** The bytes of a WebSocket's binary messages, as client-go's TunnelingConnection has them. */
function tunnelOf(raw: RawWebSocket): Duplex {
  let seen = 0;
  const duplex = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      raw.send(chunk);
      done();
    },
    final: (done) => {
      raw.close();
      done();
    },
  });
  raw.socket.on('data', () => {
    for (; seen < raw.frames.length; seen += 1)
      if (raw.frames[seen]?.opcode === Opcode.binary) duplex.push(raw.frames[seen]?.data);
  });
  raw.socket.on('end', () => duplex.push(null));
  return duplex;
}

describe('over SPDY in a WebSocket', () => {
  test('the tunnel carries the same streams', async () => {
    const [near, far] = await socketPair();
    const request = webSocketRequest([TUNNEL_PROTOCOL]);
    const served = servePortForward(request, far, Buffer.alloc(0), connectPort);
    const raw = new RawWebSocket(near);
    expect(await raw.answer).toContain(`Sec-WebSocket-Protocol: ${TUNNEL_PROTOCOL}`);
    const client = new SpdyConnection(tunnelOf(raw), { role: 'client' });
    const { data, error } = await open(client, 80, '0');
    data.end('x'.repeat(300_000));
    expect((await text(data)).length).toBe(4 + 300_000);
    expect(await text(error)).toBe('');
    client.close();
    await raw.until(() => raw.closeCode === 1000);
    await served;
  });
});

test('a hub carries a tunnel on to a kubelet that speaks SPDY alone', async () => {
  const [near, far] = await socketPair();
  const [nodeNear, nodeFar] = await socketPair();
  const request = webSocketRequest([TUNNEL_PROTOCOL]);
  const dialled = dialSpdy(nodeNear, { path: '/portForward/default/web', headers: {} }, [
    PORT_FORWARD_PROTOCOL,
  ]);
  const { rest } = await readHead(nodeFar);
  const served = servePortForward(spdyRequest([PORT_FORWARD_PROTOCOL]), nodeFar, rest, connectPort);
  const { protocol, head } = await dialled;
  expect(protocol).toBe(PORT_FORWARD_PROTOCOL);
  nodeNear.unshift(head);
  acceptWebSocket(request, far, TUNNEL_PROTOCOL);
  const piped = pipeBoth(webSocketDuplex(new WebSocketConnection(far), Buffer.alloc(0)), nodeNear);
  const raw = new RawWebSocket(near);
  await raw.answer;
  const client = new SpdyConnection(tunnelOf(raw), { role: 'client' });
  const { data } = await open(client, 80, '0');
  data.end('through both');
  expect(await text(data)).toBe('80: through both');
  client.close();
  const [{ aToB, bToA }] = await Promise.all([piped, served]);
  expect(Math.min(aToB, bToA)).toBeGreaterThan(50);
});
