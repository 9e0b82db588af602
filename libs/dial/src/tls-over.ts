import type { Duplex } from 'node:stream';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import { DialError } from './dialer.ts';
import type { TlsMaterial, TlsMemory } from './tls-memory.ts';

export interface TlsClientOptions extends TlsMaterial {
  /** The DNS name or IP address that the peer's certificate must be for. */
  readonly serverName: string;
  /** Whose the peer's certificate must be besides, by common name: for peers that choose their addresses themselves. */
  readonly commonName?: string;
  /** What is offered, the preferred first; the socket's `alpnProtocol` says what the peer took. */
  readonly alpnProtocols?: readonly string[];
  readonly timeoutMs?: number;
  /** Ends the handshake; a connection that is made stays. */
  readonly signal?: AbortSignal;
  /** Of earlier connections to the same peer under the same names, where there are many. */
  readonly memory?: TlsMemory;
}

/**
 * Lays TLS over a connected stream and verifies the peer: its chain and its name.
 * @throws DialError when it is not who it should be; the stream is destroyed then.
 */
export function tlsOver(stream: Duplex, options: TlsClientOptions): Promise<TLSSocket> {
  const { serverName, timeoutMs = 10_000, signal, memory } = options;
  return new Promise((resolve, reject) => {
    const socket = begin(stream, options);
    // In TLS 1.2 it comes before the peer has been verified.
    let session: Buffer | undefined;
    let verified = false;
    const keep = () => {
      if (verified && session !== undefined) memory?.keep(options, session, socket.isSessionReused());
    };
    socket.on('session', (bytes) => {
      session = bytes;
      keep();
    });
    const settled = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.off('error', fail).off('close', onClose);
    };
    const fail = (cause: Error) => {
      settled();
      socket.destroy();
      stream.destroy();
      reject(new DialError(`tls: failed to verify ${serverName}: ${cause.message}`, { cause }));
    };
    const timer = setTimeout(() => fail(new Error('handshake timeout')), timeoutMs);
    const onClose = () => fail(new Error('the connection was closed during the handshake'));
    const onAbort = () => fail(new Error('canceled', { cause: signal?.reason }));
    // A later error, of a handshake that has failed or a connection that is made, would end the process.
    socket.on('error', () => socket.destroy());
    socket.once('error', fail).once('close', onClose);
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.once('secureConnect', () => {
      settled();
      const fault = peerFault(socket, options.commonName);
      if (fault !== undefined) return fail(fault);
      verified = true;
      keep();
      resolve(socket);
    });
  });
}

/** @throws DialError for certificates that cannot be read; the stream is destroyed then. */
function begin(stream: Duplex, options: TlsClientOptions): TLSSocket {
  try {
    // An empty one would mean all CAs that the system trusts.
    if (options.ca.length === 0) throw new Error('there is no CA that could vouch for it');
    return tls.connect({ socket: stream, host: options.serverName, ...settingsOf(options) });
  } catch (cause) {
    stream.destroy();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DialError(`tls: cannot verify ${options.serverName}: ${why}`, { cause });
  }
}

function settingsOf(options: TlsClientOptions): ConnectionOptions {
  const { ca, cert, key, alpnProtocols, memory } = options;
  const ALPNProtocols = alpnProtocols === undefined ? undefined : [...alpnProtocols];
  if (memory === undefined) return { ca, cert, key, ALPNProtocols, minVersion: 'TLSv1.2' };
  const session = memory.sessionFor(options);
  return { secureContext: memory.contextOf(options), ALPNProtocols, ...(session && { session }) };
}

function peerFault(socket: TLSSocket, commonName: string | undefined): Error | undefined {
  if (!socket.authorized) return socket.authorizationError ?? new Error('certificate was not verified');
  if (commonName === undefined) return undefined;
  const found = socket.getPeerCertificate().subject?.CN;
  return found === commonName ? undefined : new Error(`certificate is for ${found}, not for ${commonName}`);
}
