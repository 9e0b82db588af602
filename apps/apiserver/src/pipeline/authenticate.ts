import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { unauthorized } from '@hawser/api';
import type {
  Identity,
  PeerCertificate,
  RequestAuthenticator,
  RequestCredentials,
  X509Authenticator,
} from '@hawser/authn';
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
    const outcome = this.#authenticator.authenticate(this.#credentialsOf(request));
    for (const [key, value] of Object.entries(outcome.auditAnnotations ?? {})) trail.annotate(key, value);
    if (outcome.ok) {
      warnings.push(...(outcome.warnings ?? []));
      return outcome.identity;
    }
    this.#logger.warn({ reason: outcome.reason }, 'unable to authenticate the request');
    throw unauthorized();
  }

  /** Fetches what is lacking to tell who makes a request. @returns undefined where nothing is; never rejects. */
  prepare(request: IncomingMessage): Promise<void> | undefined {
    return this.#authenticator.prepare(this.#credentialsOf(request));
  }

  #credentialsOf(request: IncomingMessage): RequestCredentials {
    const { authorization, 'sec-websocket-protocol': webSocketProtocols } = request.headers;
    const peerCertificate = this.#peerOf(tlsSocketOf(request));
    return {
      path: (request.url ?? '').split('?', 1)[0]!,
      ...(peerCertificate === undefined ? {} : { peerCertificate }),
      ...(authorization === undefined ? {} : { authorizationHeader: authorization }),
      ...(webSocketProtocols === undefined ? {} : { webSocketProtocols }),
    };
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
