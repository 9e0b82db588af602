import { afterAll, describe, expect, test } from 'bun:test';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { DialError } from '@hawser/dial';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  encodePrivateKey,
  generateKeyPair,
  signCertificate,
} from '@hawser/pki';
import { FakeClock } from '@hawser/runtime';
import { ConnectProxy } from './connect-proxy.testing.ts';
import { HttpConnectDialer } from './http-connect-dialer.ts';
import { KonnectivityDialError } from './konnectivity-dial-error.ts';
import { TcpFrontEnd } from './tcp-front-end.ts';
import { UdsFrontEnd } from './uds-front-end.ts';

const directory = mkdtempSync(join(tmpdir(), 'hawser-front-end-'));
afterAll(() => rmSync(directory, { recursive: true }));

const life = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
const authority = () => createCertificateAuthority({ subject: { commonName: 'konnectivity' }, ...life });
const ca = authority();

function issue(issuer: CertificateAuthority, ipAddress = '127.0.0.1') {
  const keyPair = generateKeyPair('ecdsa-p256');
  const cert = signCertificate({
    ca: issuer,
    publicKey: keyPair.publicKey,
    subject: { commonName: 'konnectivity', organizations: [] },
    sans: { ipAddresses: [ipAddress] },
    usages: ['digital signature', 'server auth', 'client auth'],
    ...life,
  });
  return { cert, key: encodePrivateKey(keyPair) };
}

/** Writes what the hub has for the front end. */
function filesOf(trusted: CertificateAuthority, client: { cert: string; key: string }) {
  const files = { caBundle: 'ca.crt', clientCert: 'client.crt', clientKey: 'client.key' };
  const at = Object.fromEntries(
    Object.entries(files).map(([name, file]) => [name, join(directory, file)]),
  ) as typeof files;
  writeFileSync(at.caBundle, trusted.certificatePem);
  writeFileSync(at.clientCert, client.cert);
  writeFileSync(at.clientKey, client.key);
  return at;
}

const startTls = (issuer = ca, address?: string) =>
  ConnectProxy.start({ tls: { ...issue(issuer, address), ca: ca.certificatePem } });

const dialerOf = ({ port }: ConnectProxy, files = filesOf(ca, issue(ca))) =>
  new HttpConnectDialer({ frontEnd: new TcpFrontEnd(`https://127.0.0.1:${port}`, files) });

/** Sends back what comes, and ends after the other has. */
async function startEcho(): Promise<net.Server> {
  const server = net.createServer({ allowHalfOpen: true }, (socket: Socket) => {
    socket.on('error', () => socket.destroy()).pipe(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const placeOf = (server: net.Server) => ({
  host: '127.0.0.1',
  port: (server.address() as AddressInfo).port,
});

async function allOf(stream: Duplex): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

const target = { host: '10.0.0.1', port: 10_250 };

describe.each(['TCP', 'unix socket'])('through a front end by %s', (kind) => {
  test('bytes go both ways, and the end of one half is not the end of the other', async () => {
    const path = join(directory, 'front-end.socket');
    await using proxy = kind === 'TCP' ? await startTls() : await ConnectProxy.start({ path });
    const echo = await startEcho();
    proxy.targets = { '10.0.0.1:10250': placeOf(echo) };
    const dialer =
      kind === 'TCP' ? dialerOf(proxy) : new HttpConnectDialer({ frontEnd: new UdsFrontEnd(path) });
    const stream = await dialer.dial(target);
    const sent = 'x'.repeat(1_000_000);
    stream.end(sent);
    expect(await allOf(stream)).toBe(sent);
    echo.close();
  });

  test('a client of plain HTTP hears its answer', async () => {
    const path = join(directory, 'plain.socket');
    await using proxy = kind === 'TCP' ? await startTls() : await ConnectProxy.start({ path });
    const web = http.createServer((request, response) => void response.end(`answer to ${request.url}`));
    await once(web.listen(0, '127.0.0.1'), 'listening');
    proxy.targets = { '10.0.0.1:10250': placeOf(web) };
    const dialer =
      kind === 'TCP' ? dialerOf(proxy) : new HttpConnectDialer({ frontEnd: new UdsFrontEnd(path) });
    const stream = await dialer.dial(target);
    const request = http.request({ createConnection: () => stream, path: '/x' }).end();
    const [answer] = await once(request, 'response');
    expect(await allOf(answer)).toBe('answer to /x');
    web.close();
  });
});

test('an IPv6 address stands in brackets', async () => {
  await using proxy = await startTls();
  proxy.answer = 'HTTP/1.1 200 OK\r\n\r\n';
  await dialerOf(proxy).dial({ host: 'fd00::1', port: 443 });
  expect(proxy.asked).toEqual(['[fd00::1]:443']);
});

test('what comes right after the answer is not lost', async () => {
  await using proxy = await startTls();
  proxy.answer = 'HTTP/1.1 200 OK\r\nServer: x\r\n\r\nSSH-2.0-greeting';
  expect(await allOf(await dialerOf(proxy).dial(target))).toBe('SSH-2.0-greeting');
});

test('a second connection resumes the session of the first', async () => {
  await using proxy = await startTls();
  const echo = await startEcho();
  proxy.targets = { '10.0.0.1:10250': placeOf(echo) };
  const dialer = dialerOf(proxy);
  for (let count = 0; count < 3; count += 1) {
    const stream = await dialer.dial(target);
    stream.end('x');
    expect(await allOf(stream)).toBe('x');
  }
  expect(proxy.resumed).toBeGreaterThanOrEqual(2);
  echo.close();
});

test('a connection that was opened ahead is used, and closed when nobody comes for it', async () => {
  await using proxy = await startTls();
  const echo = await startEcho();
  proxy.targets = { '10.0.0.1:10250': placeOf(echo) };
  const clock = new FakeClock();
  const files = filesOf(ca, issue(ca));
  const frontEnd = new TcpFrontEnd(`https://127.0.0.1:${proxy.port}`, files, { clock });
  const dialer = new HttpConnectDialer({ frontEnd, clock });
  (await dialer.dial(target)).destroy();
  while (proxy.tunnels > 0 || proxy.connections !== 1) await Bun.sleep(1);
  const before = proxy.accepted;
  const stream = await dialer.dial(target);
  stream.end('x');
  expect(await allOf(stream)).toBe('x');
  while (proxy.accepted !== before + 1) await Bun.sleep(1);
  while (proxy.connections > 0) {
    clock.advance(10_000);
    await Bun.sleep(1);
  }
  echo.close();
});

test('nothing that was opened ahead stays when the dialer goes', async () => {
  await using proxy = await startTls();
  proxy.answer = 'HTTP/1.1 200 OK\r\n\r\n';
  for (const wait of [true, false]) {
    using dialer = dialerOf(proxy);
    (await dialer.dial(target)).destroy();
    if (wait) while (proxy.tunnels > 0 || proxy.connections === 0) await Bun.sleep(1);
  }
  while (proxy.connections > 0) await Bun.sleep(1);
});

test('a connection that was opened ahead and closed since is no obstacle', async () => {
  await using proxy = await startTls();
  proxy.answer = 'HTTP/1.1 200 OK\r\n\r\n';
  const dialer = dialerOf(proxy);
  for (let count = 0; count < 20; count += 1) {
    (await dialer.dial(target)).destroy();
    if (count % 2 === 0) while (proxy.connections === 0) await Bun.sleep(0);
    proxy.cut();
  }
  expect(proxy.asked.length).toBeGreaterThanOrEqual(20);
});

test('a connection that was opened ahead with other files is not used', async () => {
  await using proxy = await startTls();
  proxy.answer = 'HTTP/1.1 200 OK\r\n\r\n';
  using dialer = dialerOf(proxy);
  (await dialer.dial(target)).destroy();
  while (proxy.tunnels > 0 || proxy.connections !== 1) await Bun.sleep(1);
  filesOf(authority(), issue(ca));
  await expect(dialer.dial(target)).rejects.toThrow('tls: failed to verify 127.0.0.1');
  while (proxy.connections > 0) await Bun.sleep(1);
});

test('files that were changed are used for the next connection', async () => {
  const files = filesOf(ca, issue(authority()));
  await using proxy = await startTls();
  proxy.answer = 'HTTP/1.1 200 OK\r\n\r\n';
  const dialer = dialerOf(proxy, files);
  expect(dialer.dial(target)).rejects.toThrow(KonnectivityDialError);
  await dialer.dial(target).catch(() => {});
  filesOf(ca, issue(ca));
  await dialer.dial(target);
  filesOf(authority(), issue(ca));
  expect(dialer.dial(target)).rejects.toThrow('tls: failed to verify 127.0.0.1');
  await dialer.dial(target).catch(() => {});
});

test('a server that took the place of a verified one is refused, whatever session it was before', async () => {
  const genuine = await startTls();
  genuine.answer = 'HTTP/1.1 200 OK\r\n\r\n';
  const { port } = genuine;
  const dialer = dialerOf(genuine);
  await dialer.dial(target);
  await genuine[Symbol.asyncDispose]();
  const impostor = { ...issue(authority()), ca: ca.certificatePem };
  await using _impostor = await ConnectProxy.start({ port, tls: impostor });
  const attempt = dialer.dial(target);
  expect(attempt).rejects.toThrow('tls: failed to verify 127.0.0.1');
  await attempt.catch(() => {});
});

interface Failure {
  readonly name: string;
  readonly arrange: (proxy: ConnectProxy) => void;
  readonly stage: 'connect' | 'proxy';
  readonly says: string;
}

const failures: Failure[] = [
  {
    name: 'a refusal, with the reason that the server gives',
    arrange: () => {},
    stage: 'proxy',
    says: 'while dialing 10.0.0.1:10250, code 500: currently no tunnels available: No backend available',
  },
  {
    name: 'a server that goes without an answer',
    arrange: (proxy) => {
      proxy.answer = 'HTTP/1.1 2';
    },
    stage: 'proxy',
    says: 'failed: the connection ended before the answer was whole',
  },
  {
    name: 'an answer that is no HTTP',
    arrange: (proxy) => {
      proxy.answer = 'hello\r\n\r\n';
    },
    stage: 'proxy',
    says: 'failed: the answer is no HTTP/1.1',
  },
  {
    name: 'a head without an end',
    arrange: (proxy) => {
      proxy.answer = `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}`;
    },
    stage: 'proxy',
    says: 'failed: the head of the answer is too long',
  },
];
for (const { name, arrange, stage, says } of failures)
  test(`tells ${name}`, async () => {
    await using proxy = await startTls();
    arrange(proxy);
    const error = await dialerOf(proxy)
      .dial(target)
      .catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(DialError);
    expect((error as KonnectivityDialError).stage).toBe(stage);
    const { message } = error as Error;
    expect(message).toStartWith(
      `konnectivity: dial tcp 10.0.0.1:10250 through https://127.0.0.1:${proxy.port}: `,
    );
    expect(message).toContain(says);
    expect(proxy.connections).toBeLessThanOrEqual(1);
  });

test('a server that is not there is named', async () => {
  const proxy = await startTls();
  const [dialer, { port }] = [dialerOf(proxy), proxy];
  await proxy[Symbol.asyncDispose]();
  const error = await dialer.dial(target).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ stage: 'connect' });
  expect((error as Error).message).toContain(`through https://127.0.0.1:${port}: connect ECONNREFUSED`);
});

test('a server for another address than it is reached at is refused', async () => {
  await using proxy = await startTls(ca, '127.0.0.9');
  const attempt = dialerOf(proxy).dial(target);
  expect(attempt).rejects.toThrow('tls: failed to verify 127.0.0.1');
  await attempt.catch(() => {});
});

test('a server may be verified by another name than it is reached at', async () => {
  await using proxy = await startTls(ca, '127.0.0.9');
  proxy.answer = 'HTTP/1.1 200 OK\r\n\r\n';
  await dialerOf(proxy, { ...filesOf(ca, issue(ca)), tlsServerName: '127.0.0.9' } as never).dial(target);
});

describe('gives up, and leaves nothing open,', () => {
  test('when a frozen server does not answer in time', async () => {
    await using proxy = await startTls();
    proxy.answer = '';
    const clock = new FakeClock();
    const frontEnd = new TcpFrontEnd(`https://127.0.0.1:${proxy.port}`, filesOf(ca, issue(ca)));
    const attempt = new HttpConnectDialer({ frontEnd, clock }).dial(target);
    attempt.catch(() => {});
    while (proxy.asked.length === 0) await Bun.sleep(1);
    clock.advance(2_000);
    expect(attempt).rejects.toThrow(`through https://127.0.0.1:${proxy.port}: i/o timeout`);
    await attempt.catch(() => {});
    while (proxy.tunnels > 0) await Bun.sleep(1);
  });

  test('when a frozen server does not finish its handshake in time', async () => {
    const frozen = net.createServer(() => {});
    frozen.listen(0, '127.0.0.1');
    await once(frozen, 'listening');
    const { port } = placeOf(frozen);
    const clock = new FakeClock();
    const frontEnd = new TcpFrontEnd(`https://127.0.0.1:${port}`, filesOf(ca, issue(ca)));
    const accepted = once(frozen, 'connection');
    const attempt = new HttpConnectDialer({ frontEnd, clock }).dial(target);
    attempt.catch(() => {});
    const [socket] = await accepted;
    clock.advance(2_000);
    const error = await attempt.catch((cause: unknown) => cause);
    expect(error).toMatchObject({ stage: 'connect' });
    expect((error as Error).message).toEndWith(': i/o timeout');
    await once(socket.resume(), 'close');
    frozen.close();
  });

  test('when nobody wants the connection any more', async () => {
    await using proxy = await startTls();
    proxy.answer = '';
    const gone = new AbortController();
    const attempt = dialerOf(proxy).dial(target, gone.signal);
    attempt.catch(() => {});
    while (proxy.asked.length === 0) await Bun.sleep(1);
    gone.abort();
    expect(attempt).rejects.toThrow('canceled');
    await attempt.catch(() => {});
    while (proxy.tunnels > 0) await Bun.sleep(1);
  });
});

test('an address that would begin another line is never sent', async () => {
  await using proxy = await startTls();
  const attempt = dialerOf(proxy).dial({ host: '10.0.0.1:1 HTTP/1.1\r\nX: y', port: 1 });
  expect(attempt).rejects.toThrow('invalid address');
  await attempt.catch(() => {});
  expect(proxy.asked).toEqual([]);
});
