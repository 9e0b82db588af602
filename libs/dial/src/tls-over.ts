import type { Duplex } from 'node:stream';
import tls, { type TLSSocket } from 'node:tls';
import { DialError } from './dialer.ts';

export interface TlsClientOptions {
  /** The CAs, in PEM, of which one must vouch for the peer. There is no way to leave it out. */
  readonly ca: string | Buffer;
  /** Our own certificate and key, in PEM, where the peer asks who we are. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  /** The DNS name or IP address that the peer's certificate must be for. */
  readonly serverName: string;
  /** Whose the peer's certificate must be besides, by common name: for peers that choose their addresses themselves. */
  readonly commonName?: string;
  /** What is offered, the preferred first; the socket's `alpnProtocol` says what the peer took. */
  readonly alpnProtocols?: readonly string[];
  readonly timeoutMs?: number;
}

/**
 * Lays TLS over a connected stream and verifies the peer: its chain and its name.
 * @throws DialError when it is not who it should be; the stream is destroyed then.
 */
export function tlsOver(stream: Duplex, options: TlsClientOptions): Promise<TLSSocket> {
  const { ca, cert, key, serverName, timeoutMs = 10_000 } = options;
  const ALPNProtocols = options.alpnProtocols === undefined ? undefined : [...options.alpnProtocols];
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      socket: stream,
      host: serverName,
      ca,
      cert,
      key,
      ALPNProtocols,
      minVersion: 'TLSv1.2',
    });
    const fail = (cause: Error) => {
      clearTimeout(timer);
      socket.destroy();
      stream.destroy();
      reject(new DialError(`tls: failed to verify ${serverName}: ${cause.message}`, { cause }));
    };
    const timer = setTimeout(() => fail(new Error('handshake timeout')), timeoutMs);
    socket.once('error', fail);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      // Without this listener an error of an established connection would end the process.
      socket.on('error', () => socket.destroy());
      const fault = peerFault(socket, options.commonName);
      if (fault === undefined) resolve(socket);
      else fail(fault);
    });
  });
}

function peerFault(socket: TLSSocket, commonName: string | undefined): Error | undefined {
  if (!socket.authorized) return socket.authorizationError ?? new Error('certificate was not verified');
  if (commonName === undefined) return undefined;
  const found = socket.getPeerCertificate().subject?.CN;
  return found === commonName ? undefined : new Error(`certificate is for ${found}, not for ${commonName}`);
}
