import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { unauthorized } from '@hawser/api';
import type { Identity, PeerCertificate, RequestAuthenticator, X509Authenticator } from '@hawser/authn';
import { tlsSocketOf } from '@hawser/http';
import type { Logger } from '@hawser/observability';

/** Who makes a request; certificates are read once a connection. */
export class ConnectionAuthenticator {
  readonly #x509: X509Authenticator;
  readonly #authenticator: RequestAuthenticator;
  readonly #logger: Logger;
  readonly #peers = new WeakMap<TLSSocket, { certificate: PeerCertificate | undefined }>();

  constructor(options: { x509: X509Authenticator; authenticator: RequestAuthenticator; logger: Logger }) {
    this.#x509 = options.x509;
    this.#authenticator = options.authenticator;
    this.#logger = options.logger;
  }

  /** @throws ApiError Unauthorized, which tells the client nothing more; the log knows why. */
  authenticate(request: IncomingMessage): {
    identity: Identity;
    auditAnnotations: Readonly<Record<string, string>>;
  } {
    const { authorization } = request.headers;
    const peerCertificate = this.#peerOf(tlsSocketOf(request));
    const webSocketProtocols = request.headers['sec-websocket-protocol'];
    const outcome = this.#authenticator.authenticate({
      ...(peerCertificate === undefined ? {} : { peerCertificate }),
      ...(authorization === undefined ? {} : { authorizationHeader: authorization }),
      ...(webSocketProtocols === undefined ? {} : { webSocketProtocols }),
    });
    if (outcome.ok) return { identity: outcome.identity, auditAnnotations: outcome.auditAnnotations ?? {} };
    this.#logger.warn({ reason: outcome.reason }, 'unable to authenticate the request');
    throw unauthorized();
  }

  #peerOf(socket: TLSSocket): PeerCertificate | undefined {
    let known = this.#peers.get(socket);
    if (known === undefined) {
      const raw = socket.getPeerCertificate(false)?.raw;
      known = { certificate: raw === undefined ? undefined : this.#x509.read(raw, socket.authorized) };
      this.#peers.set(socket, known);
    }
    return known.certificate;
  }
}
