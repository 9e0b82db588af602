import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { silentLogger } from '@hawser/observability';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  encodePrivateKey,
  generateKeyPair,
  signCertificate,
} from '@hawser/pki';
import { staticCredentials } from './credentials.ts';
import { KubeClient, type KubeClientOptions } from './kube-client.ts';
import type { Status } from './status-error.ts';

/** A certificate and its key, as PEM. */
export interface TestIdentity {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority that exists for one test. */
export class TestAuthority {
  readonly authority: CertificateAuthority;

  constructor(commonName = 'test-ca') {
    this.authority = createCertificateAuthority({ subject: { commonName }, ...aroundNow() });
  }

  /** PEM. */
  get certificate(): string {
    return this.authority.certificatePem;
  }

  /** A certificate good for both ends on 127.0.0.1 and localhost. */
  issue(commonName: string, organizations: string[] = []): TestIdentity {
    const keyPair = generateKeyPair('ecdsa-p256');
    const cert = signCertificate({
      ca: this.authority,
      publicKey: keyPair.publicKey,
      subject: { commonName, organizations },
      sans: { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] },
      usages: ['digital signature', 'client auth', 'server auth'],
      ...aroundNow(),
    });
    return { cert, key: encodePrivateKey(keyPair) };
  }
}

/** What a request looked like to the server. */
export interface TestRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Common name of the client's certificate. */
  readonly commonName: string | undefined;
  readonly remoteAddress: string | undefined;
  /** Counts the connections; two requests with the same number shared one. */
  readonly connection: number;
}

export type TestHandler = (request: TestRequest, response: ServerResponse) => void | Promise<void>;

/** An HTTPS server with real certificates on a free port of 127.0.0.1, whose answers a test writes. */
export class TestServer implements AsyncDisposable {
  readonly requests: TestRequest[] = [];
  readonly #sockets = new Set<TLSSocket>();
  #close: () => void = () => {};
  url = '';

  private constructor(readonly authority: TestAuthority) {}

  static async start(handler: TestHandler, authority = new TestAuthority()): Promise<TestServer> {
    const server = new TestServer(authority);
    await server.#listen(handler);
    return server;
  }

  /** A client of this server that trusts it, with a certificate of the same authority. */
  client(options: Partial<KubeClientOptions> = {}, commonName = 'test-client'): KubeClient {
    const identity = { ca: this.authority.certificate, ...this.authority.issue(commonName) };
    const target = { server: this.url, credentials: staticCredentials(identity) };
    return new KubeClient(target, { userAgent: 'test', logger: silentLogger, ...options });
  }

  /** Breaks every connection, as a crash would. */
  breakConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.breakConnections();
    this.#close();
  }

  async #listen(handler: TestHandler): Promise<void> {
    const http = createHttpServer((request, response) => void this.#serve(request, response, handler));
    const { cert, key } = this.authority.issue('test-server');
    const options = {
      cert,
      key,
      ca: this.authority.certificate,
      requestCert: true,
      rejectUnauthorized: false,
    };
    let connections = 0;
    const tls = createTlsServer(options, (socket) => {
      connections += 1;
      Object.assign(socket, { connectionNumber: connections });
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
      (http as Server).emit('connection', socket);
    });
    tls.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    this.url = `https://127.0.0.1:${(tls.address() as AddressInfo).port}`;
    this.#close = () => tls.close();
  }

  async #serve(request: IncomingMessage, response: ServerResponse, handler: TestHandler): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request as AsyncIterable<Uint8Array>) chunks.push(chunk);
    const socket = request.socket as TLSSocket & { connectionNumber: number };
    const seen: TestRequest = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
      commonName: String(socket.getPeerCertificate()?.subject?.CN ?? '') || undefined,
      remoteAddress: socket.remoteAddress,
      connection: socket.connectionNumber,
    };
    this.requests.push(seen);
    await handler(seen, response);
  }
}

/** Answers with a JSON object. */
export function answer(
  response: ServerResponse,
  code: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** The body of a refusal. */
export function refusal(code: number, reason: string, message = reason): Status & { readonly code: number } {
  return { apiVersion: 'v1', kind: 'Status', metadata: {}, status: 'Failure', code, reason, message };
}

/** Waits until the condition holds, looking again after each turn of the event loop's timers. */
export async function eventually(condition: () => boolean, timeoutMs = 5_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`not true within ${timeoutMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function aroundNow(): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - 60_000), notAfter: new Date(now + 3_600_000) };
}
