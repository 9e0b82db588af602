import {
  type Authenticated,
  type Authentication,
  type Rejected,
  rejected,
  type TokenAuthenticator,
} from './authentication.ts';
import { bearerToken, webSocketToken } from './bearer-token.ts';
import { ANONYMOUS } from './identity.ts';
import type { PeerCertificate, X509Authenticator } from './x509-authenticator.ts';

/** Where a request may carry a credential. */
export interface RequestCredentials {
  /** What `X509Authenticator.read` made of the connection's certificate; absent when it sent none. */
  readonly peerCertificate?: PeerCertificate;
  readonly authorizationHeader?: string;
  /** Sec-WebSocket-Protocol, of a request that asks for a WebSocket. */
  readonly webSocketProtocols?: string;
  /** The path of its URL: anonymous requests may be let in to some only. */
  readonly path?: string;
}

/** With the token taken out of the WebSocket protocols, where it came that way. */
export type RequestAuthentication = (Authenticated & { readonly webSocketProtocols?: string }) | Rejected;

export interface RequestAuthenticatorOptions {
  readonly x509: X509Authenticator;
  readonly tokens: TokenAuthenticator;
  /** Whether requests without any credential are let in as `system:anonymous`. */
  readonly anonymous: boolean | ((path: string) => boolean);
}

const NO_CREDENTIAL = rejected('no credential');
const ANONYMOUSLY: Authenticated = { ok: true, identity: ANONYMOUS };

/**
 * Who makes a request: certificate first, then bearer token; the first that holds wins. One that does not
 * hold makes the request a 401 even where anonymous ones are let in, so that nobody with a broken credential
 * goes on unnoticed with fewer rights (kubernetes/pkg/kubeapiserver/authenticator).
 */
export class RequestAuthenticator {
  readonly #options: RequestAuthenticatorOptions;

  constructor(options: RequestAuthenticatorOptions) {
    this.#options = options;
  }

  authenticate(request: RequestCredentials): RequestAuthentication {
    const { peerCertificate } = request;
    const byCertificate = peerCertificate && this.#options.x509.authenticate(peerCertificate);
    if (byCertificate?.ok) return byCertificate;
    const byHeader = this.#byToken(bearerToken(request.authorizationHeader));
    if (byHeader?.ok) return byHeader;
    const byProtocol = this.#byProtocol(request.webSocketProtocols);
    if (byProtocol?.ok) return byProtocol;
    const refusal = byCertificate ?? byHeader ?? byProtocol;
    return refusal ?? (this.#isOpen(request.path ?? '') ? ANONYMOUSLY : NO_CREDENTIAL);
  }

  /** Fetches what is lacking to tell about the request's token. @returns undefined where nothing is; never rejects. */
  prepare({ authorizationHeader, webSocketProtocols }: RequestCredentials): Promise<void> | undefined {
    const { tokens } = this.#options;
    if (tokens.prepare === undefined) return undefined;
    const found = webSocketToken(webSocketProtocols);
    const token = bearerToken(authorizationHeader) ?? (found && 'token' in found ? found.token : undefined);
    return token === undefined ? undefined : tokens.prepare(token);
  }

  #isOpen(path: string): boolean {
    const { anonymous } = this.#options;
    return typeof anonymous === 'boolean' ? anonymous : anonymous(path);
  }

  #byToken(token: string | undefined): Authentication | undefined {
    if (token === undefined) return undefined;
    return this.#options.tokens.authenticateToken(token) ?? rejected('bearer token of an unknown kind');
  }

  #byProtocol(protocols: string | undefined): RequestAuthentication | undefined {
    const found = webSocketToken(protocols);
    if (found === undefined || 'ok' in found) return found;
    const outcome = this.#byToken(found.token);
    return outcome?.ok ? { ...outcome, webSocketProtocols: found.protocols } : outcome;
  }
}
