import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { unauthorized } from '@hawser/api';
import type { Identity, PeerCertificate, RequestAuthenticator, X509Authenticator } from '@hawser/authn';
import { tlsSocketOf } from '@hawser/http';
import type { Logger } from '@hawser/observability';
import type { AuditTrail } from './audit-trail.ts';

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

  /**
   * @param warnings takes words for `Warning` headers.
   * @throws ApiError Unauthorized, which tells the client nothing more; the log knows why.
   */
  authenticate(request: IncomingMessage, trail: Pick<AuditTrail, 'annotate'>, warnings: string[]): Identity {
    const { authorization } = request.headers;
    const peerCertificate = this.#peerOf(tlsSocketOf(request));
    const webSocketProtocols = request.headers['sec-websocket-protocol'];
    const outcome = this.#authenticator.authenticate({
      ...(peerCertificate === undefined ? {} : { peerCertificate }),
      ...(authorization === undefined ? {} : { authorizationHeader: authorization }),
      ...(webSocketProtocols === undefined ? {} : { webSocketProtocols }),
    });
    for (const [key, value] of Object.entries(outcome.auditAnnotations ?? {})) trail.annotate(key, value);
    if (outcome.ok) {
      warnings.push(...(outcome.warnings ?? []));
      return outcome.identity;
    }
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
