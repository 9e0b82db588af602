import type { TLSSocket } from 'node:tls';
import { X509Authenticator } from '@hawser/authn';
import type { TlsMaterial } from '@hawser/http';
import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import type { ServeFrontEnd, TunnelOpener } from '../../link/front-end.ts';
import type { Port } from '../listeners/port.ts';
import { listenTlsPort, type TlsPort, type TlsSettings } from '../listeners/tls-port.ts';
import { listenUnixPort } from '../listeners/unix-port.ts';

export interface TcpFrontEndOptions {
  readonly host: string;
  readonly port: number;
  readonly material: TlsMaterial;
  readonly tls: TlsSettings;
  readonly keepAliveMs: number;
  readonly grpc?: ServeFrontEnd;
  readonly httpConnect?: ServeFrontEnd;
  readonly opener: TunnelOpener;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * The front end over TCP, for clients with a certificate that the CA of front-end clients vouches for: h2 is gRPC, all
 * else HTTP/1.1.
 */
export function listenForClients(options: TcpFrontEndOptions): Promise<TlsPort> {
  const { grpc, httpConnect, opener, keepAliveMs, clock, logger } = options;
  const x509 = new X509Authenticator({ clock });
  return listenTlsPort({
    ...options,
    alpn: [...(grpc === undefined ? [] : ['h2']), ...(httpConnect === undefined ? [] : ['http/1.1'])],
    requiresCertificate: true,
    allowHalfOpen: true,
    onConnection: (socket) => {
      const client = nameOf(socket, x509);
      // Upstream's API server names no protocol when it means HTTP/1.1.
      const serve = socket.alpnProtocol === 'h2' ? grpc : httpConnect;
      if (client === undefined || serve === undefined) {
        logger.warn({ remoteAddress: socket.remoteAddress, client }, 'client of the front end refused');
        return void socket.destroy();
      }
      socket.setKeepAlive(true, keepAliveMs);
      serve(socket, client, opener);
    },
  });
}

function nameOf(socket: TLSSocket, x509: X509Authenticator): string | undefined {
  const raw = socket.getPeerCertificate()?.raw;
  const outcome = raw && x509.authenticate(x509.read(raw, socket.authorized));
  return outcome?.ok ? outcome.identity.name : undefined;
}

export interface UnixFrontEndOptions {
  readonly path: string;
  readonly deleteExisting: boolean;
  readonly serve: ServeFrontEnd;
  readonly opener: TunnelOpener;
}

/** The front end on a unix socket, for whom the server runs as. */
export function listenForLocalClients({
  path,
  deleteExisting,
  serve,
  opener,
}: UnixFrontEndOptions): Promise<Port> {
  return listenUnixPort({ path, deleteExisting, onConnection: (socket) => serve(socket, path, opener) });
}
