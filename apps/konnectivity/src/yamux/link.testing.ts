import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls, { type TLSSocket } from 'node:tls';
import { DialError, type Target } from '@hawser/dial';
import { createCertificateAuthority, encodePrivateKey, generateKeyPair, signCertificate } from '@hawser/pki';
import type { AgentConnection, AgentHello, AgentReception } from '../link/agent-connection.ts';
import type { ServerConnection } from '../link/server-connection.ts';
import { type AcceptYamuxAgentOptions, acceptYamuxAgent } from './accept-yamux-agent.ts';
import { type ConnectYamuxServerOptions, connectYamuxServer } from './connect-yamux-server.ts';

const life = { notBefore: new Date(Date.now() - 60_000), notAfter: new Date(Date.now() + 3_600_000) };
const ca = createCertificateAuthority({ subject: { commonName: 'ca' }, ...life });
const keyPair = generateKeyPair('ecdsa-p256');
const cert = signCertificate({
  ca,
  publicKey: keyPair.publicKey,
  subject: { commonName: 'konnectivity-server' },
  sans: { ipAddresses: ['127.0.0.1'] },
  usages: ['digital signature', 'server auth'],
  ...life,
});

/** The two ends of a TLS connection over loopback. */
export async function tlsPair(): Promise<[agent: TLSSocket, server: TLSSocket]> {
  const accepted = Promise.withResolvers<TLSSocket>();
  const ALPNProtocols = ['hawser-yamux/1'];
  const material = { cert, key: encodePrivateKey(keyPair), ALPNProtocols };
  const server = tls.createServer(material, accepted.resolve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = tls.connect({ port, host: '127.0.0.1', ca: ca.certificatePem, ALPNProtocols });
  await once(socket, 'secureConnect');
  const other = await accepted.promise;
  server.close();
  for (const end of [socket, other]) end.on('error', () => end.destroy());
  return [socket, other];
}

export const HELLO: AgentHello = { agentID: 'agent-1', identifiers: 'host=node-1', token: 'a-token' };

/** A server that takes every agent. */
export function reception(take: (connection: AgentConnection) => void): AgentReception {
  return { serverHello: () => ({ serverID: 'server-1', serverCount: 2 }), admit: async () => take };
}

export type LinkTestOptions = Partial<ConnectYamuxServerOptions & AcceptYamuxAgentOptions>;

export interface TestLink {
  /** The agent as the server sees it. */
  readonly agent: AgentConnection;
  /** The server as the agent sees it. */
  readonly server: ServerConnection;
  readonly agentSocket: TLSSocket;
}

export async function createLink(options: LinkTestOptions = {}): Promise<TestLink> {
  const [agentSocket, serverSocket] = await tlsPair();
  const { promise, resolve } = Promise.withResolvers<AgentConnection>();
  const all = { keepAliveMs: 10_000, hello: HELLO, dialTarget, ...options };
  acceptYamuxAgent(serverSocket, reception(resolve), all);
  const server = await connectYamuxServer(agentSocket, all);
  return { agent: await promise, server, agentSocket };
}

/** Connects over TCP, as an agent does. */
export async function dialTarget({ host, port }: Target): Promise<Duplex> {
  const socket = net.connect({ host, port, allowHalfOpen: true, noDelay: true });
  try {
    await once(socket, 'connect');
    return socket;
  } catch (error) {
    throw new DialError(`dial tcp ${host}:${port}: ${(error as Error).message}`);
  }
}

export interface TestTarget extends Disposable {
  readonly target: Target;
  /** The connections in the order in which they came. */
  next(): Promise<Socket>;
}

/** Something to connect to; its connections end by halves. */
export async function createTarget(serve: (socket: Socket) => void = () => {}): Promise<TestTarget> {
  const waiting: Socket[] = [];
  const takers: ((socket: Socket) => void)[] = [];
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => {});
    serve(socket);
    const taker = takers.shift();
    if (taker === undefined) waiting.push(socket);
    else taker(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    target: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
    next: () =>
      new Promise((resolve) => (waiting.length > 0 ? resolve(waiting.shift()!) : takers.push(resolve))),
    [Symbol.dispose]: () => void server.close(),
  };
}

/** All that a stream says until its half ends. */
export async function readAll(stream: Duplex): Promise<string> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
  if (!stream.readableEnded) await once(stream, 'end');
  return String(Buffer.concat(chunks));
}
