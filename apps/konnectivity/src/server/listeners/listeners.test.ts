import { expect, test } from 'bun:test';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { eventually, TestAuthority, type TestIdentity } from '@hawser/client/testing';
import { ServingFiles } from '@hawser/http';
import { silentLogger } from '@hawser/observability';
import { FakeClock, systemClock } from '@hawser/runtime';
import { listenTlsPort, type TlsPort } from './tls-port.ts';
import { listenUnixPort } from './unix-port.ts';

function temporaryDirectory() {
  const path = mkdtempSync(join(tmpdir(), 'hawser-listeners-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test('a unix socket is its owner’s alone, whatever the umask', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'front-end.sock');
  const umask = process.umask(0);
  try {
    const listening = listenUnixPort({
      path,
      deleteExisting: true,
      onConnection: (socket) => socket.end('hello'),
    });
    // Already before anything is waited for: there is no moment at which others might connect.
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(process.umask(0)).toBe(0);
    const port = await listening;
    const [said] = await once(net.connect(path), 'data');
    expect(String(said)).toBe('hello');
    await port[Symbol.asyncDispose]();
    expect(existsSync(path)).toBe(false);
  } finally {
    process.umask(umask);
  }
});

test('a socket that was left behind is taken away, another file is not', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, 'front-end.sock');
  const options = { path, onConnection: () => {} };
  const left = net.createServer().listen(path);
  await once(left, 'listening');
  await expect(listenUnixPort({ ...options, deleteExisting: false })).rejects.toThrow();
  const port = await listenUnixPort({ ...options, deleteExisting: true });
  await port[Symbol.asyncDispose]();
  left.close();
  writeFileSync(path, 'precious');
  expect(() => listenUnixPort({ ...options, deleteExisting: true })).toThrow('is no socket');
  expect(existsSync(path)).toBe(true);
});

const ca = new TestAuthority();
const other = new TestAuthority();
const server = ca.issue('server');

async function listen(
  requiresCertificate: boolean,
  material = { ...server, clientCa: ca.certificate },
  say = (socket: tls.TLSSocket) => void socket.end('hello'),
) {
  const names: string[] = [];
  const port = await listenTlsPort({
    ...{ host: '127.0.0.1', port: 0, material, alpn: ['h2'], requiresCertificate },
    ...{ tls: { minVersion: 'TLSv1.2' }, allowHalfOpen: true },
    onConnection: (socket) => {
      names.push(String(socket.getPeerCertificate()?.subject?.CN));
      say(socket);
    },
    clock: systemClock,
  });
  return { port, names };
}

/** What the server says first; an error, or nothing, when it does not let somebody in. */
function greet(
  port: TlsPort,
  identity: Partial<TestIdentity> & { session?: Buffer },
  trusted = ca.certificate,
): Promise<string> {
  return new Promise((resolve) => {
    const trust = { ca: trusted, ALPNProtocols: ['h2'] };
    const socket = tls.connect({ host: '127.0.0.1', port: port.port, ...trust, ...identity });
    socket.on('data', (chunk) => resolve(socket.alpnProtocol === 'h2' ? String(chunk) : 'no ALPN'));
    socket.on('error', (error) => resolve(error.message)).on('close', () => resolve('closed'));
  });
}

test('TLS alone keeps out whom the CA of clients does not vouch for', async () => {
  const { port, names } = await listen(true);
  await using _port = port;
  expect(await greet(port, ca.issue('client'))).toBe('hello');
  expect(await greet(port, other.issue('client'))).not.toBe('hello');
  expect(await greet(port, {})).not.toBe('hello');
  expect(names).toEqual(['client']);
});

test('certificate, key and CA change while the server runs, whole ones only', async () => {
  using directory = temporaryDirectory();
  const [certFile, keyFile, clientCaFile] = ['tls.crt', 'tls.key', 'ca.crt'].map((name) =>
    join(directory.path, name),
  ) as [string, string, string];
  const write = ({ cert, key }: TestIdentity, clients: string) => {
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
    writeFileSync(clientCaFile, clients);
  };
  write(server, ca.certificate);
  const clock = new FakeClock();
  const files = new ServingFiles({ certFile, keyFile, clientCaFile }, { clock, logger: silentLogger });
  const { port } = await listen(true, files.material as typeof server & { clientCa: string });
  await using _port = port;
  const stop = new AbortController();
  let changes = 0;
  const running = files.follow((material) => {
    port.replaceMaterial(material);
    changes += 1;
  }, stop.signal);
  const look = async () => {
    clock.advance(5_000);
    // The watch waits again after a turn.
    await new Promise(setImmediate);
  };

  writeFileSync(keyFile, other.issue('server').key);
  await look();
  expect(changes).toBe(0);
  writeFileSync(certFile, 'not yet whole');
  await look();
  expect(changes).toBe(0);
  expect(await greet(port, ca.issue('client'))).toBe('hello');

  write(other.issue('server'), other.certificate);
  await look();
  expect(changes).toBe(1);
  expect(await greet(port, other.issue('client'), other.certificate)).toBe('hello');
  expect(await greet(port, ca.issue('client'), other.certificate)).not.toBe('hello');
  await look();
  expect(changes).toBe(1);
  stop.abort();
  await running;
});

test('a session of before does not outlive the CA that it was verified by', async () => {
  const { port, names } = await listen(true);
  await using _port = port;
  const client = ca.issue('client');
  const session = await sessionOf(port, client);
  expect(await greet(port, { ...client, session })).toBe('hello');
  port.replaceMaterial({ ...server, clientCa: other.certificate });
  expect(await greet(port, { ...client, session })).not.toBe('hello');
  expect(names).toEqual(['client', 'client']);
});

test('connections end with the CA of their certificates, where one is required', async () => {
  const say = (socket: tls.TLSSocket) => void socket.write('hello');
  const { port } = await listen(true, { ...server, clientCa: ca.certificate }, say);
  await using _port = port;
  const connected = async (identity: TestIdentity) => {
    const trust = { ca: ca.certificate, ALPNProtocols: ['h2'] };
    const socket = tls
      .connect({ host: '127.0.0.1', port: port.port, ...trust, ...identity })
      .on('error', () => {});
    await once(socket, 'data');
    return socket;
  };
  const both = ca.certificate + other.certificate;
  port.replaceMaterial({ ...server, clientCa: both });
  const [leaving, staying] = [await connected(ca.issue('client')), await connected(other.issue('client'))];
  port.replaceMaterial({ ...server, clientCa: other.certificate });
  await once(leaving, 'close');
  await new Promise(setImmediate);
  expect(staying.closed).toBe(false);
  staying.destroy();
});

/** What a client may resume a connection with. */
function sessionOf(port: TlsPort, identity: TestIdentity): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const trust = { ca: ca.certificate, ALPNProtocols: ['h2'] };
    const socket = tls.connect({ host: '127.0.0.1', port: port.port, ...trust, ...identity });
    socket.once('session', resolve).on('error', reject).resume();
  });
}

test('a handshake that does not end is given up', async () => {
  const clock = new FakeClock();
  const port = await listenTlsPort({
    ...{ host: '127.0.0.1', port: 0, material: server, alpn: ['h2'], requiresCertificate: false },
    ...{ tls: { minVersion: 'TLSv1.3' }, allowHalfOpen: true, onConnection: () => {}, clock },
  });
  await using _port = port;
  const socket = net
    .connect(port.port, '127.0.0.1')
    .on('error', () => {})
    .resume();
  let closed = false;
  socket.once('close', () => {
    closed = true;
  });
  await once(socket, 'connect');
  await eventually(() => {
    clock.advance(10_000);
    return closed;
  });
});

test('so many handshakes at once, and no more', async () => {
  const port = await listenTlsPort({
    ...{ host: '127.0.0.1', port: 0, material: server, alpn: ['h2'], requiresCertificate: false },
    ...{ tls: { minVersion: 'TLSv1.3' }, allowHalfOpen: true, clock: systemClock, maxHandshakes: 2 },
    onConnection: (socket) => socket.write('hello'),
  });
  await using _port = port;
  // Those whose handshake has ended do not count.
  for (let i = 0; i < 3; i += 1) expect(await greet(port, {})).toBe('hello');
  const begin = () =>
    net
      .connect(port.port, '127.0.0.1')
      .on('error', () => {})
      .resume();
  const silent = [begin(), begin()];
  await Promise.all(silent.map((socket) => once(socket, 'connect')));
  await once(begin(), 'close');
  expect(silent.map(({ destroyed }) => destroyed)).toEqual([false, false]);
  for (const socket of silent) socket.destroy();
  while ((await greet(port, {})) !== 'hello');
});
