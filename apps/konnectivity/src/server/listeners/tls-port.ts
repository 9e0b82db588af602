import type { AddressInfo, Socket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { ClientConnections, type TlsMaterial } from '@hawser/http';
import type { Clock } from '@hawser/runtime';
import { closeServer, type Port, trackConnections } from './port.ts';

export interface TlsPortOptions {
  /** All addresses if empty. */
  readonly host: string;
  readonly port: number;
  readonly material: TlsMaterial;
  /** The protocols that are spoken, the best first. A client that names others only is refused. */
  readonly alpn: readonly string[];
  /** Whether the handshake ends for a client without a certificate that the CA of clients vouches for. */
  readonly requiresCertificate: boolean;
  /** Whether a connection of which the client has ended its half goes on until the other is ended, too. */
  readonly allowHalfOpen: boolean;
  readonly tls: TlsSettings;
  readonly onConnection: (socket: TLSSocket) => void;
  /** How many handshakes may be under way at once; 4096 if absent. */
  readonly maxHandshakes?: number;
  readonly clock: Clock;
}

/** What an operator says of TLS. */
export interface TlsSettings {
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3';
  /** Of TLS 1.2, in OpenSSL's words; the default ones if undefined. */
  readonly ciphers?: string;
}

export interface TlsPort extends Port {
  /**
   * Serves new connections with another certificate, key or CA. Those that stand are kept; where a certificate is
   * required, not those of certificates for which no CA vouches any more.
   */
  replaceMaterial(material: TlsMaterial): void;
}

const HANDSHAKE_MS = 10_000;
/** Of those that begin more, the latest are cut off: they would take the memory and the descriptors of all others. */
const MAX_HANDSHAKES = 4_096;

/** Listens with TLS. Connections are ready to be read, and their errors are taken care of. */
export function listenTlsPort(options: TlsPortOptions): Promise<TlsPort> {
  const { host, port, alpn, allowHalfOpen, onConnection } = options;
  const handshakes = new Handshakes(options);
  const clients = options.requiresCertificate ? new ClientConnections(options.material) : undefined;
  const settings = { ...contextOf(options, options.material), ALPNProtocols: [...alpn], allowHalfOpen };
  const server = tls.createServer(settings, (socket) => {
    handshakes.ended(socket);
    // Without this, small answers wait for the peer's delayed acknowledgement.
    socket.setNoDelay(true);
    socket.on('error', () => socket.destroy());
    clients?.enter(socket);
    if (!socket.destroyed) onConnection(socket);
  });
  const sockets = trackConnections(server);
  server.on('tlsClientError', () => {});
  server.on('connection', (socket: Socket) => {
    clients?.began(socket);
    handshakes.began(socket);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === '' ? {} : { host }) }, () => {
      server.off('error', reject);
      resolve({
        port: (server.address() as AddressInfo).port,
        replaceMaterial: (material) => {
          server.setSecureContext(contextOf(options, material));
          clients?.replaceAuthorities(material, sockets);
        },
        [Symbol.asyncDispose]: () => closeServer(server, sockets),
      });
    });
  });
}

/** Handshakes that are under way: only so many at once, and each only for so long. */
class Handshakes {
  readonly #timers = new Map<Socket, Disposable>();

  constructor(private readonly options: Pick<TlsPortOptions, 'maxHandshakes' | 'clock'>) {}

  began(socket: Socket): void {
    const { maxHandshakes = MAX_HANDSHAKES, clock } = this.options;
    if (this.#timers.size >= maxHandshakes) return void socket.destroy();
    this.#timers.set(
      socket,
      clock.after(HANDSHAKE_MS, () => socket.destroy()),
    );
    socket.once('close', () => this.ended(socket));
  }

  ended(socket: Socket): void {
    this.#timers.get(socket)?.[Symbol.dispose]();
    this.#timers.delete(socket);
  }
}

function contextOf(
  { requiresCertificate, tls: { minVersion, ciphers } }: TlsPortOptions,
  { cert, key, clientCa }: TlsMaterial,
) {
  const clients =
    clientCa === undefined
      ? {}
      : { ca: clientCa, requestCert: true, rejectUnauthorized: requiresCertificate };
  return { cert, key, ...clients, minVersion, ...(ciphers === undefined ? {} : { ciphers }) };
}
