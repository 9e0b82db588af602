import type { TLSSocket } from 'node:tls';
import { type Identity, X509Authenticator } from '@hawser/authn';
import { nodeNameOf } from '@hawser/authz';
import { parseCertificate } from '@hawser/pki';
import type { Clock } from '@hawser/runtime';
import { type AgentHello, AgentRefusedError } from '../../link/agent-connection.ts';
import type { Grants } from '../identifiers/grants.ts';
import type { AgentIdentity } from './agent-identity.ts';
import type { TokenReviewer } from './token-reviewer.ts';

export interface AgentAuthenticatorOptions {
  /** By user name; whoever is no node is let in by certificate only when something is granted to it. */
  readonly grants: ReadonlyMap<string, Grants>;
  /** Without one, tokens are not taken. */
  readonly tokens?: TokenReviewer;
  readonly clock: Clock;
}

/**
 * Who an agent is: by a client certificate that the CA of agents vouches for, or by a service account token. One that
 * shows a certificate must be its owner, whatever token it has besides; one that shows neither is turned away.
 */
export class AgentAuthenticator {
  readonly #x509: X509Authenticator;

  constructor(private readonly options: AgentAuthenticatorOptions) {
    this.#x509 = new X509Authenticator({ clock: options.clock });
  }

  /** @throws AgentRefusedError */
  async authenticate(hello: AgentHello, socket: TLSSocket): Promise<AgentIdentity> {
    const raw = socket.getPeerCertificate()?.raw;
    if (raw !== undefined) return this.#byCertificate(raw, socket.authorized);
    if (hello.token === undefined || hello.token === '')
      throw new AgentRefusedError('Unauthenticated', 'a client certificate or a token is needed');
    const { tokens } = this.options;
    if (tokens === undefined) throw new AgentRefusedError('Unauthenticated', 'tokens are not taken here');
    return await tokens.review(hello.token);
  }

  #byCertificate(raw: Buffer, chainVerified: boolean): AgentIdentity {
    const peer = this.#x509.read(raw, chainVerified);
    const outcome = this.#x509.authenticate(peer);
    if (outcome === undefined)
      throw new AgentRefusedError('Unauthenticated', 'the client certificate names nobody');
    if (!outcome.ok) throw new AgentRefusedError('Unauthenticated', outcome.reason);
    return {
      ...this.#admit(outcome.identity),
      expiresAtMs: peer.notAfterMs,
      credential: { kind: 'certificate', certificate: parseCertificate(raw) },
    };
  }

  /** The CA of the cluster vouches for administrators and services too: none of them is an agent. */
  #admit(identity: Identity): Pick<AgentIdentity, 'name' | 'nodeName'> {
    const { name } = identity;
    const nodeName = nodeNameOf(identity);
    if (nodeName) return { name, nodeName };
    if (nodeName === undefined && this.options.grants.has(name)) return { name };
    throw new AgentRefusedError(
      'PermissionDenied',
      `${JSON.stringify(name)} is no node, and nothing is granted to it`,
    );
  }
}
