import { readFileSync } from 'node:fs';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import http2, { type Http2ServerRequest } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls, { type TLSSocket } from 'node:tls';

/** Where a server's identity and the CA of its clients lie on disk. */
export interface TlsFiles {
  readonly certFile: string;
  readonly keyFile: string;
  /** Clients may show a certificate, and it counts when one of these CAs vouches for it. */
  readonly clientCaFile?: string;
}

export interface TlsMaterial {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  readonly clientCa?: string | Buffer;
}

export interface TlsListenerOptions {
  readonly material: TlsMaterial;
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  /** A protocol upgrade over HTTP/1.1; without it upgrades are refused. */
  readonly onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}

/** A server that closes with its connections. */
export interface TlsListener extends AsyncDisposable {
  /** The address in use; with port 0 the system chose the port. */
  readonly address: AddressInfo;
  /** Serves new connections with another certificate, key or client CA; those that stand are kept. */
  replaceMaterial(material: TlsMaterial): void;
}

export function readTlsFiles(files: TlsFiles): TlsMaterial {
  return {
    cert: readFileSync(files.certFile),
    key: readFileSync(files.keyFile),
    ...(files.clientCaFile === undefined ? {} : { clientCa: readFileSync(files.clientCaFile) }),
  };
}

/** Headers larger than this are refused, as by Go's server (`http.DefaultMaxHeaderBytes` is 1 MiB; ours is tighter). */
const MAX_HEADER_BYTES = 64 * 1024;

/** How long a connection may take to finish its TLS handshake, in milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Listens with TLS and routes each connection by ALPN to HTTP/2 or HTTP/1.1. The TLS server is ours, not the
 * HTTP server's, because only so does Bun give the peer's certificate. A client certificate that no CA vouches
 * for does not end the handshake: authentication answers it with 401, as upstream does.
 */
export function listenTls(port: number, host: string, options: TlsListenerOptions): Promise<TlsListener> {
  const sockets = new Set<Socket>();
  const http1 = http.createServer({ maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 0 }, options.onRequest);
  if (options.onUpgrade !== undefined) http1.on('upgrade', options.onUpgrade);
  const http2Server = http2.createServer({ maxHeaderListPairs: 256 }, options.onRequest as never);
  http2Server.on('sessionError', () => {});
  const server = tls.createServer(
    {
      ...contextOf(options.material),
      ALPNProtocols: ['h2', 'http/1.1'],
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    },
    (socket) => {
      // Without this, small answers wait for the peer's delayed acknowledgement (measured: p99 of 59 ms).
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      (socket.alpnProtocol === 'h2' ? http2Server : http1).emit('connection', socket);
    },
  );
  server.on('tlsClientError', () => {});
  // From the first packet on: a client that never ends its handshake must not hold up the end of the server.
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve({
        address: server.address() as AddressInfo,
        replaceMaterial: (material) => server.setSecureContext(contextOf(material)),
        [Symbol.asyncDispose]: () => close(server, sockets),
      });
    });
  });
}

function contextOf({ cert, key, clientCa }: TlsMaterial) {
  const verify = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false };
  return { cert, key, ...verify, minVersion: 'TLSv1.2' as const };
}

function close(server: tls.Server, sockets: Set<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}

/** The TLS connection under a request, whichever HTTP version it came by. */
export function tlsSocketOf(request: IncomingMessage): TLSSocket {
  const stream = (request as unknown as Http2ServerRequest).stream;
  return (stream?.session?.socket ?? request.socket) as TLSSocket;
}
