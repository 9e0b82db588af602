import { afterAll, beforeAll, expect, test } from 'bun:test';
import type { AddressInfo } from 'node:net';
import tls, { type Server, type TLSSocket } from 'node:tls';
import { createCertificateAuthority, encodePrivateKey, generateKeyPair, signCertificate } from '@hawser/pki';
import type { AgentProtocol } from '../link/agent-connection.ts';
import type { ConnectServer } from '../link/server-connection.ts';
import { createOpenLink, type OpenLinkOptions } from './open-link.ts';
import { ServerConnectionDouble } from './testing/server-double.ts';

const life = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
const ca = createCertificateAuthority({ subject: { commonName: 'ca' }, ...life });
const otherCa = createCertificateAuthority({ subject: { commonName: 'ca' }, ...life });
const never = new AbortController().signal;
const servers: Server[] = [];
/** Servers by what they speak; `none` knows of no ALPN. */
const ports: Record<'both' | 'upstream' | 'none', number> = { both: 0, upstream: 0, none: 0 };
let clientName: string | string[] | undefined;

function pair(commonName: string, ipAddresses: string[] = []) {
  const keyPair = generateKeyPair('ecdsa-p256');
  const usages = ['digital signature', 'server auth', 'client auth'] as const;
  const subject = { commonName };
  const cert = signCertificate({
    ca,
    publicKey: keyPair.publicKey,
    subject,
    sans: { ipAddresses },
    usages,
    ...life,
  });
  return { cert, key: encodePrivateKey(keyPair) };
}

beforeAll(async () => {
  const protocols = { both: ['hawser-yamux/1', 'h2'], upstream: ['h2'], none: undefined };
  for (const [name, ALPNProtocols] of Object.entries(protocols)) {
    const trust = { requestCert: true, rejectUnauthorized: false, ca: ca.certificatePem };
    const server = tls.createServer(
      { ...pair('server', ['127.0.0.1']), ...trust, ALPNProtocols },
      (socket) => {
        socket.on('error', () => {});
        clientName = socket.authorized ? socket.getPeerCertificate().subject.CN : undefined;
        socket.write('welcome');
      },
    );
    server.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => server.listen(0, resolve));
    ports[name as keyof typeof ports] = (server.address() as AddressInfo).port;
    servers.push(server);
  }
});
afterAll(() => servers.forEach((server) => void server.close()));

/** Takes the first word for an introduction. */
const welcomed = (protocol: AgentProtocol): ConnectServer => {
  return async (socket) => {
    await new Promise((resolve, reject) => socket.once('data', resolve).once('close', reject));
    return new ServerConnectionDouble(protocol);
  };
};

function linkWith(port: number, options: Partial<OpenLinkOptions> = {}) {
  return createOpenLink({
    port,
    choice: 'auto',
    moreAlpn: [],
    agentID: 'agent-1',
    identifiers: '',
    dialTarget: () => Promise.reject(new Error('no targets here')),
    keepAliveMs: 1_000,
    connectors: { yamux: welcomed('yamux'), grpc: welcomed('grpc') },
    ...options,
  });
}

const endpoint = { host: '127.0.0.1', address: '127.0.0.1' };
const own = { ca: ca.certificatePem, ...pair('system:node:node-1'), fingerprint: '1' };

const choices: {
  name: string;
  server: keyof typeof ports;
  choice: OpenLinkOptions['choice'];
  speaks: AgentProtocol;
}[] = [
  { name: 'of both the first is spoken', server: 'both', choice: 'auto', speaks: 'yamux' },
  { name: "upstream's servers are spoken to in theirs", server: 'upstream', choice: 'auto', speaks: 'grpc' },
  { name: 'a server without ALPN is taken for upstream’s', server: 'none', choice: 'auto', speaks: 'grpc' },
  { name: 'gRPC is spoken where it is asked for', server: 'both', choice: 'grpc', speaks: 'grpc' },
  { name: 'yamux is spoken where it is asked for', server: 'both', choice: 'yamux', speaks: 'yamux' },
];
for (const { name, server, choice, speaks } of choices)
  test(name, async () => {
    const { protocol, connection } = await linkWith(ports[server], { choice })(endpoint, own, never);
    expect([protocol, connection.serverID]).toEqual([speaks, speaks]);
  });

test('the agent shows its certificate', async () => {
  await linkWith(ports.both)(endpoint, own, never);
  expect(clientName).toBe('system:node:node-1');
});

test('a server of another CA is refused', async () => {
  const stranger = { ...own, ca: otherCa.certificatePem };
  const attempt = linkWith(ports.both)(endpoint, stranger, never);
  await expect(attempt).rejects.toThrow('tls: failed to verify 127.0.0.1');
});

test('a server with a certificate for another name is refused', async () => {
  const elsewhere = { host: 'konnectivity.example.com', address: '127.0.0.1' };
  const attempt = linkWith(ports.both)(elsewhere, own, never);
  await expect(attempt).rejects.toThrow('tls: failed to verify konnectivity.example.com');
});

test('a server that lacks the protocol that is asked for is refused', async () => {
  const attempt = linkWith(ports.none, { choice: 'yamux' })(endpoint, own, never);
  await expect(attempt).rejects.toThrow('the server does not speak hawser-yamux/1');
});

test('a server that never introduces itself is given up', async () => {
  let socket: TLSSocket | undefined;
  const silent: ConnectServer = (opened) => {
    socket = opened;
    return new Promise(() => {});
  };
  const link = linkWith(ports.both, { connectors: { yamux: silent, grpc: silent }, stepTimeoutMs: 50 });
  await expect(link(endpoint, own, never)).rejects.toThrow('the server did not answer within 0.05 s');
  expect(socket?.destroyed).toBe(true);
});

test('an abort ends what is under way', async () => {
  const stop = new AbortController();
  const connector: ConnectServer = (socket) => {
    const lost = new Promise<never>((_, reject) => socket.once('close', () => reject(new Error('closed'))));
    stop.abort();
    return lost;
  };
  const link = linkWith(ports.both, { connectors: { yamux: connector, grpc: connector } });
  await expect(link(endpoint, own, stop.signal)).rejects.toThrow();
});
