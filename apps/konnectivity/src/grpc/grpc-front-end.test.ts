import { afterEach, expect, test } from 'bun:test';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { DirectDialer, type Target } from '@hawser/dial';
import { eventually } from '@hawser/runtime/testing';
import { type FrontEnd, GrpcDialer, KonnectivityDialError } from '@hawser/tunnel-konnectivity';
import type { Tunnel, TunnelBytes, TunnelOpener, TunnelRequest } from '../link/front-end.ts';
import { createGrpcFrontEnd } from './grpc-front-end.ts';
import { target } from './testing/grpc-link.ts';
import { tlsPair } from './testing/tls-pair.ts';

/** Opens tunnels that are plain connections. */
class OpenerDouble implements TunnelOpener {
  readonly requests: TunnelRequest[] = [];
  readonly ended: TunnelBytes[] = [];
  failure: Error | undefined;
  signals: AbortSignal[] = [];
  silent = false;

  async open(request: TunnelRequest, signal: AbortSignal): Promise<Tunnel> {
    this.requests.push(request);
    this.signals.push(signal);
    if (this.failure !== undefined) throw this.failure;
    if (this.silent)
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const stream = await new DirectDialer({ allowHalfOpen: true }).dial(request.target, signal);
    return { stream, agentID: 'agent-1', ended: (bytes) => void this.ended.push(bytes) };
  }
}

/** A front end over TLS; counts the connections to it. */
class FrontEndDouble implements FrontEnd {
  readonly name = 'https://127.0.0.1:8131';
  readonly address = '127.0.0.1:8131';
  readonly sockets: Duplex[] = [];
  calls = 0;
  maxCalls: number | undefined;
  dead = false;

  constructor(readonly opener: TunnelOpener) {}

  async connect() {
    const [near, far] = await tlsPair();
    this.sockets.push(far);
    const onConnections = (by: 1 | -1) => {
      this.calls += by;
    };
    if (!this.dead)
      createGrpcFrontEnd({ onConnections, ...(this.maxCalls && { maxCalls: this.maxCalls }) })(
        far,
        'kube-apiserver',
        this.opener,
      );
    return near;
  }
}

const disposables: Disposable[] = [];
afterEach(() => {
  for (const each of disposables.splice(0)) each[Symbol.dispose]();
});

function setUp(timeoutMs = 2_000) {
  const opener = new OpenerDouble();
  const frontEnd = new FrontEndDouble(opener);
  const dialer = new GrpcDialer({ frontEnd, timeoutMs });
  disposables.push(dialer);
  return { opener, frontEnd, dialer };
}

function sizeOf(stream: Duplex): Promise<number> {
  return new Promise((resolve, reject) => {
    let size = 0;
    stream.on('data', (chunk: Buffer) => {
      size += chunk.length;
    });
    stream.on('end', () => resolve(size)).on('error', reject);
  });
}

async function echo(stream: Duplex, text: string): Promise<string> {
  stream.write(text);
  return String((await once(stream, 'data'))[0]);
}

const SIZE = 20_000_000;

test('downloads and uploads, many tunnels on one connection', async () => {
  using source = await target((socket) => void socket.end(Buffer.alloc(SIZE)));
  let received = 0;
  using sink = await target((socket) => {
    socket.on('data', (chunk) => {
      received += chunk.length;
      if (received === SIZE) socket.end('thanks');
    });
  });
  const { opener, frontEnd, dialer } = setUp();
  const [down, up] = await Promise.all([dialer.dial(source), dialer.dial(sink)]);
  up.write(Buffer.alloc(SIZE));
  expect(await Promise.all([sizeOf(down), sizeOf(up)])).toEqual([SIZE, 6]);
  await eventually(() => opener.ended.length === 2 && frontEnd.calls === 0);
  expect(opener.ended).toContainEqual({ toTarget: 0, fromTarget: SIZE });
  expect(opener.ended).toContainEqual({ toTarget: SIZE, fromTarget: 6 });
  expect(frontEnd.sockets.length).toBe(1);
  expect(opener.requests[0]).toEqual({
    target: { host: source.host, port: source.port },
    client: 'kube-apiserver',
    frontEnd: 'grpc',
  });
});

test('a half-close reaches the target, and the answer comes back', async () => {
  using talker = await target((socket) => void socket.resume().on('end', () => socket.end('the answer')));
  const { dialer } = setUp();
  const stream = await dialer.dial(talker);
  stream.end('the question');
  expect(await sizeOf(stream)).toBe(10);
});

test('readers and targets that stall hold back nobody else, and lose nothing', async () => {
  using source = await target((socket) => void socket.end(Buffer.alloc(SIZE)));
  let release = () => {};
  const sunk = Promise.withResolvers<number>();
  using sink = await target((socket) => {
    socket.pause();
    release = () => void sizeOf(socket.resume()).then(sunk.resolve);
  });
  using echoes = await target((socket) => void socket.pipe(socket));
  const { dialer, frontEnd } = setUp();
  const [stalled, towards, beside] = await Promise.all(
    [source, sink, echoes].map((each: Target) => dialer.dial(each)),
  );
  towards!.end(Buffer.alloc(SIZE));
  for (let count = 0; count < 200; count++) expect(await echo(beside!, 'ping')).toBe('ping');
  expect(stalled!.readableLength).toBeLessThan(4_000_000);
  release();
  expect(await Promise.all([sizeOf(stalled!), sunk.promise])).toEqual([SIZE, SIZE]);
  expect(frontEnd.sockets.length).toBe(1);
});

test('a refusal names the tunnel and the reason', async () => {
  const { opener, dialer } = setUp();
  opener.failure = new Error('no agent is connected that serves 10.0.0.1');
  const error = await dialer.dial({ host: '10.0.0.1', port: 10250 }).catch((caught: Error) => caught);
  expect(error).toBeInstanceOf(KonnectivityDialError);
  expect((error as Error).message).toBe(
    'konnectivity: dial tcp 10.0.0.1:10250 through https://127.0.0.1:8131: no agent is connected that serves 10.0.0.1',
  );
});

test('a dial that is given up ends at the server', async () => {
  const { opener, frontEnd, dialer } = setUp();
  opener.silent = true;
  const ending = new AbortController();
  const dial = dialer.dial({ host: '10.0.0.1', port: 1 }, ending.signal).catch((caught: Error) => caught);
  await eventually(() => opener.signals.length === 1);
  ending.abort();
  expect(((await dial) as Error).message).toEndWith(': canceled');
  await eventually(() => opener.signals[0]!.aborted && frontEnd.calls === 0);
});

test('a dial that is not answered times out', async () => {
  const { opener, dialer } = setUp(60);
  opener.silent = true;
  expect(dialer.dial({ host: '10.0.0.1', port: 1 })).rejects.toThrow(': i/o timeout');
});

test('a stream that is destroyed ends its tunnel', async () => {
  using echoes = await target((socket) => void socket.pipe(socket));
  const { opener, frontEnd, dialer } = setUp();
  const stream = await dialer.dial(echoes);
  stream.destroy();
  await eventually(() => opener.ended.length === 1 && frontEnd.calls === 0);
});

test('after the server was lost the next dial makes a new connection', async () => {
  using echoes = await target((socket) => void socket.pipe(socket));
  const { frontEnd, dialer } = setUp();
  const stream = await dialer.dial(echoes);
  const over = once(stream, 'error') as Promise<[Error]>;
  frontEnd.sockets[0]!.destroy();
  expect((await over)[0].message).toContain('tunnel closed');
  expect(await echo(await dialer.dial(echoes), 'again')).toBe('again');
  expect(frontEnd.sockets.length).toBe(2);
});

test('a connection that takes no more calls ends with its last, when there is another', async () => {
  using echoes = await target((socket) => void socket.pipe(socket));
  const { frontEnd, dialer } = setUp();
  frontEnd.maxCalls = 1;
  const first = await dialer.dial(echoes);
  const second = await dialer.dial(echoes);
  expect(await echo(first, 'first')).toBe('first');
  expect(await echo(second, 'second')).toBe('second');
  first.destroy();
  await eventually(() => frontEnd.sockets[0]!.destroyed);
  expect(await echo(second, 'still there')).toBe('still there');
});

test('a server that is there no more is found out by the dial that it does not answer', async () => {
  using echoes = await target((socket) => void socket.pipe(socket));
  const { frontEnd, dialer } = setUp(80);
  frontEnd.dead = true;
  expect(dialer.dial(echoes)).rejects.toThrow('konnectivity: dial tcp');
  await dialer.dial(echoes).catch(() => {});
  frontEnd.dead = false;
  await eventually(() => frontEnd.sockets.length > 0);
  const stream = await dialer.dial(echoes).catch(() => dialer.dial(echoes));
  expect(await echo(stream, 'back')).toBe('back');
});

test('a front end that refuses connections says so', async () => {
  const { frontEnd, dialer } = setUp();
  frontEnd.connect = () => Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:8131'));
  expect(dialer.dial({ host: '10.0.0.1', port: 1 })).rejects.toThrow(
    'konnectivity: dial tcp 10.0.0.1:1 through https://127.0.0.1:8131: connect ECONNREFUSED 127.0.0.1:8131',
  );
});
