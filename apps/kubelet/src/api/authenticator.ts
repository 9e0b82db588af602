import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { tokenReviews } from '@hawser/api';
import {
  ALL_AUTHENTICATED,
  bearerToken,
  type Identity,
  type PeerCertificate,
  X509Authenticator,
} from '@hawser/authn';
import type { KubeClient } from '@hawser/client';
import { tlsSocketOf } from '@hawser/http';
import type { Clock } from '@hawser/runtime';
import { ExpiringCache } from './expiring-cache.ts';

/** How long an answer to a TokenReview counts (upstream's `authentication.webhook.cacheTTL`). */
const TOKEN_TTL_MS = 2 * 60_000;

/**
 * Who makes a request of the kubelet: by a client certificate that the CA of `--client-ca-file` vouches for, or
 * by a bearer token that the API server knows. There are no anonymous requests.
 */
export class Authenticator {
  readonly #client: KubeClient;
  readonly #x509: X509Authenticator;
  readonly #peers = new WeakMap<TLSSocket, PeerCertificate>();
  readonly #tokens: ExpiringCache<Identity>;

  constructor(client: KubeClient, clock: Clock) {
    this.#client = client;
    this.#x509 = new X509Authenticator({ clock });
    this.#tokens = new ExpiringCache(clock);
  }

  /** @returns undefined for nobody. @throws when the API server cannot be asked. */
  async authenticate(request: IncomingMessage): Promise<Identity | undefined> {
    return this.#byCertificate(request) ?? (await this.#byToken(request));
  }

  #byCertificate(request: IncomingMessage): Identity | undefined {
    const socket = tlsSocketOf(request);
    const peer = this.#peers.get(socket) ?? this.#readPeer(socket);
    const outcome = peer && this.#x509.authenticate(peer);
    return outcome?.ok ? outcome.identity : undefined;
  }

  /** Once a connection. */
  #readPeer(socket: TLSSocket): PeerCertificate | undefined {
    const raw = socket.getPeerCertificate()?.raw;
    if (raw === undefined) return undefined;
    const peer = this.#x509.read(raw, socket.authorized);
    this.#peers.set(socket, peer);
    return peer;
  }

  async #byToken(request: IncomingMessage): Promise<Identity | undefined> {
    const token = bearerToken(request.headers.authorization);
    if (token === undefined) return undefined;
    const key = createHash('sha256').update(token).digest('base64');
    const known = this.#tokens.get(key);
    if (known !== undefined) return known;
    const { status } = await this.#client.create(tokenReviews, { spec: { token } });
    const { username, uid, groups = [], extra = {} } = status?.user ?? {};
    if (!status?.authenticated || !username) return undefined;
    const all = groups.includes(ALL_AUTHENTICATED) ? groups : [...groups, ALL_AUTHENTICATED];
    const identity: Identity = { name: username, ...(uid ? { uid } : {}), groups: all, extra };
    this.#tokens.set(key, identity, TOKEN_TTL_MS);
    return identity;
  }
}
