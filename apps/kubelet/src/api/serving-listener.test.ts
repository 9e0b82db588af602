import { afterEach, beforeEach, expect, test } from 'bun:test';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls, { type TLSSocket } from 'node:tls';
import { eventually, TestAuthority } from '@hawser/client/testing';
import { silentLogger } from '@hawser/observability';
import { parseCertificate } from '@hawser/pki';
import { systemClock } from '@hawser/runtime';
import { ServingListener } from './serving-listener.ts';

const authority = new TestAuthority();
let directory: string;
let stop: AbortController;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'listener-'));
  writeFileSync(join(directory, 'ca.crt'), authority.certificate);
  stop = new AbortController();
});
afterEach(() => {
  stop.abort();
  rmSync(directory, { recursive: true });
});

/** A port that nobody has at the moment. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function createListener() {
  const port = await freePort();
  const listener = new ServingListener({
    ...{ host: '127.0.0.1', port, clientCaFile: join(directory, 'ca.crt') },
    // It is answered and stays open, as a log that is followed.
    onRequest: (_request, response) => void response.writeHead(200).write('begun'),
    onUpgrade: () => {},
    clock: systemClock,
    logger: silentLogger,
  });
  return { listener, port };
}

function stored(name: string) {
  const { cert, key } = authority.issue(name);
  const pem = cert + key;
  return { pem, certificate: parseCertificate(pem), issuedAt: new Date() };
}

async function connect(port: number): Promise<TLSSocket> {
  const socket = tls.connect({ host: '127.0.0.1', port, ca: authority.certificate });
  await once(socket, 'secureConnect');
  return socket.on('error', () => {});
}

const nameShown = (socket: TLSSocket) => socket.getPeerCertificate().subject.CN;

test('new connections are shown the new certificate, those that stand go on', async () => {
  const { listener, port } = await createListener();
  await using _listener = listener;
  listener.use(stored('first'), stop.signal);
  await eventually(() => listener.port === port);
  const before = await connect(port);
  listener.use(stored('second'), stop.signal);
  const after = await connect(port);
  expect([nameShown(before), nameShown(after)]).toEqual(['first', 'second'] as never);
  before.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  expect(String(await once(before, 'data'))).toContain('200 OK');
  for (const socket of [before, after]) socket.destroy();
});

test('a certificate that has expired closes the port until there is another, and streams go on', async () => {
  const { listener, port } = await createListener();
  await using _listener = listener;
  listener.use(stored('first'), stop.signal);
  await eventually(() => listener.port === port);
  const stream = await connect(port);
  stream.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(stream, 'data');
  listener.withdraw();
  expect(listener.port).toBeUndefined();
  await expect(connect(port)).rejects.toThrow();
  listener.use(stored('second'), stop.signal);
  await eventually(() => listener.port === port);
  const next = await connect(port);
  expect(nameShown(next)).toBe('second' as never);
  expect(stream.closed).toBe(false);
  next.destroy();
  const closed = once(stream, 'close');
  await listener[Symbol.asyncDispose]();
  await closed;
});

test('without a client CA that can be read it does not open', () => {
  const options = { host: '127.0.0.1', port: 0, onRequest: () => {}, onUpgrade: () => {} };
  const clientCaFile = join(directory, 'ca.crt');
  const listener = new ServingListener({
    ...options,
    clientCaFile,
    clock: systemClock,
    logger: silentLogger,
  });
  writeFileSync(clientCaFile, authority.certificate.slice(0, 100));
  expect(() => listener.use(stored('first'), stop.signal)).toThrow('a certificate is cut off');
});
