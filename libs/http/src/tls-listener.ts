import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import http2, { type Http2ServerRequest, type Http2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls, { type TLSSocket } from 'node:tls';
import { type Clock, systemClock } from '@hawser/runtime';
import { ClientConnections } from './client-connections.ts';
import { ConnectionDeadline } from './connection-deadline.ts';
import { type ConnectionLimits, DEFAULT_LIMITS } from './connection-limits.ts';

export interface TlsMaterial {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
  readonly clientCa?: string | Buffer;
}

export interface TlsListenerOptions {
  readonly material: TlsMaterial;
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  /** A request over HTTP/1.1 that asks for another protocol; without it, the asking is passed over. */
  readonly onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /**
   * Says of which requests the handler takes the body as it comes, whatever the method, for as long as it comes; of
   * all others it must be there in time.
   */
  readonly takesBodyAsItComes?: (request: IncomingMessage) => boolean;
  /** Where they differ from the defaults. */
  readonly limits?: Partial<ConnectionLimits>;
  readonly clock?: Clock;
}

/** A server that closes with its connections. */
export interface TlsListener extends AsyncDisposable {
  /** The address in use; with port 0 the system chose the port. */
  readonly address: AddressInfo;
  /**
   * Serves new connections with another certificate, key or client CA. Those that stand are kept, all but those of
   * certificates for which no CA of clients vouches any more: with their watches and streams they would go on for
   * hours as somebody who is nobody now.
   * @throws Error for what cannot be served with; all is as before then.
   */
  replaceMaterial(material: TlsMaterial): void;
  /** Takes no more connections; those that stand go on until it is disposed. */
  stopListening(): void;
}

/** Headers larger than this are refused, as by Go's server (`http.DefaultMaxHeaderBytes` is 1 MiB; ours is tighter). */
const MAX_HEADER_BYTES = 64 * 1024;

/** So many bytes of a body that nobody reads a stream may send: the protocol's own default (RFC 9113, section 6.9.2). */
const INITIAL_WINDOW_BYTES = 65_535;

/** After so long without a word the kernel asks whether an upgraded connection's client is still there. */
const KEEP_ALIVE_MS = 30_000;

/**
 * Listens with TLS and routes each connection by ALPN to HTTP/2 or HTTP/1.1. The TLS server is ours, not the
 * HTTP server's, because only so does Bun give the peer's certificate. A client certificate that no CA vouches
 * for does not end the handshake: authentication answers it with 401, as upstream does.
 */
export function listenTls(port: number, host: string, options: TlsListenerOptions): Promise<TlsListener> {
  const deadlines = new Map<Socket, ConnectionDeadline>();
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const serveHttp1 = createHttp1(options, limits, deadlines);
  const serveHttp2 = createHttp2(options, limits);
  const clients = new ClientConnections(options.material);
  const server = tls.createServer(
    { ...contextOf(options.material), ALPNProtocols: ['h2', 'http/1.1'] },
    (socket) => {
      // Without this, small answers wait for the peer's delayed acknowledgement (measured: p99 of 59 ms).
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      clients.enter(socket);
      if (socket.destroyed) return;
      const deadline = deadlines.get(socket);
      if (deadline === undefined) return void socket.destroy();
      deadline.handshakeDone();
      if (socket.alpnProtocol === 'h2') serveHttp2(socket, deadline);
      else serveHttp1(socket);
    },
  );
  server.on('tlsClientError', () => {});
  // From the first packet on: a client that never ends its handshake must not hold up the end of the server.
  server.on('connection', (socket: Socket) => {
    const deadline = new ConnectionDeadline(limits, options.clock ?? systemClock, () => socket.destroy());
    deadlines.set(socket, deadline);
    clients.began(socket);
    socket.on('close', () => {
      deadline[Symbol.dispose]();
      deadlines.delete(socket);
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve({
        address: server.address() as AddressInfo,
        replaceMaterial: (material) => {
          server.setSecureContext(contextOf(material));
          clients.replaceAuthorities(material, deadlines.keys());
        },
        stopListening: () => void server.close(),
        [Symbol.asyncDispose]: () => close(server, deadlines.keys()),
      });
    });
  });
}

function createHttp1(
  { onRequest, onUpgrade, takesBodyAsItComes = () => false }: TlsListenerOptions,
  { idleMs }: ConnectionLimits,
  deadlines: ReadonlyMap<Socket, ConnectionDeadline>,
): (socket: Socket) => void {
  // The server's own keep-alive does nothing here but tell clients how long they may keep a connection.
  const settings = { maxHeaderSize: MAX_HEADER_BYTES, requestTimeout: 0, keepAliveTimeout: idleMs };
  const server = http.createServer(settings, (request, response) => {
    deadlines.get(request.socket)?.requestBegins(request, response, takesBodyAsItComes(request));
    onRequest(request, response);
  });
  if (onUpgrade !== undefined)
    server.on('upgrade', (request, socket, head) => {
      deadlines.get(request.socket)?.[Symbol.dispose]();
      // What follows may be silent for hours; a client that is gone must be noticed all the same.
      request.socket.setKeepAlive(true, KEEP_ALIVE_MS);
      onUpgrade(request, socket, head);
    });
  return (socket) => void server.emit('connection', socket);
}

function createHttp2(
  { onRequest, takesBodyAsItComes = () => false }: TlsListenerOptions,
  { maxConcurrentStreams }: ConnectionLimits,
): (socket: Socket, deadline: ConnectionDeadline) => void {
  const deadlines = new WeakMap<Http2Session, ConnectionDeadline>();
  const settings = { maxConcurrentStreams, initialWindowSize: INITIAL_WINDOW_BYTES };
  const server = http2.createServer({ maxHeaderListPairs: 256, settings }, (request, response) => {
    const [asHttp1, answer] = [request, response] as unknown as [IncomingMessage, ServerResponse];
    deadlines.get(request.stream.session!)?.requestBegins(asHttp1, answer, takesBodyAsItComes(asHttp1));
    onRequest(asHttp1, answer);
  });
  server.on('sessionError', () => {});
  return (socket, deadline) => {
    // A session shows a stand-in for its socket; which one it is of is known only while it is made.
    const remember = (session: Http2Session) => {
      deadlines.set(session, deadline);
      // Says GOAWAY: a request that crosses it on the way can be sent again elsewhere.
      deadline.farewell(() => session.destroy());
    };
    server.once('session', remember);
    server.emit('connection', socket);
    server.off('session', remember);
  };
}

/** @throws Error for client CAs of which there are none: Bun would take all that the system trusts instead. */
function contextOf({ cert, key, clientCa }: TlsMaterial) {
  if (clientCa?.length === 0) throw new Error('the file of client CAs is empty');
  const verify = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: false };
  return { cert, key, ...verify, minVersion: 'TLSv1.2' as const };
}

function close(server: tls.Server, sockets: Iterable<Socket>): Promise<void> {
  return new Promise((resolve) => {
    if (server.listening) server.close(() => resolve());
    else resolve();
    for (const socket of [...sockets]) socket.destroy();
  });
}

/** The TLS connection under a request, whichever HTTP version it came by. */
export function tlsSocketOf(request: IncomingMessage): TLSSocket {
  const stream = (request as unknown as Http2ServerRequest).stream;
  return (stream?.session?.socket ?? request.socket) as TLSSocket;
}
