import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import type { CredentialSource, TlsIdentity } from './credentials.ts';
import { ConnectionError } from './status-error.ts';

/** One HTTP request, before credentials. */
export interface TransportRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Uint8Array;
  readonly signal: AbortSignal;
}

export interface TransportOptions {
  /** `https://host:port`, possibly with a path prefix. */
  readonly server: string;
  /** Verify the server's certificate for this name instead of the host in `server`. */
  readonly tlsServerName?: string;
  readonly credentials: CredentialSource;
  readonly userAgent: string;
  /** Bind outgoing connections to this address. */
  readonly localAddress?: string;
}

/** Kernel probes of an idle connection, so that a dead peer is found out. */
const TCP_KEEP_ALIVE_MS = 30_000;
/** Idle connections kept for reuse. */
const MAX_FREE_SOCKETS = 4;

/**
 * Sends requests over verified TLS on kept-alive connections. One agent an identity: when the credentials change,
 * new connections are made with the new ones, those in use finish their request, idle ones are closed.
 */
export class Transport {
  readonly #options: TransportOptions;
  readonly #url: URL;
  #identity: TlsIdentity | undefined;
  #agent: Agent | undefined;

  /** @throws TypeError when the server is not an https URL: there is no unencrypted transport. */
  constructor(options: TransportOptions) {
    this.#options = options;
    this.#url = new URL(options.server);
    if (this.#url.protocol !== 'https:')
      throw new TypeError(`the server must be an https URL, not ${options.server}`);
  }

  /**
   * Sends a request and waits for the answer's head; the caller reads the body.
   * @throws the signal's reason when it aborts, ConnectionError when no answer comes.
   */
  async send(request: TransportRequest): Promise<IncomingMessage> {
    const { method, signal } = request;
    signal.throwIfAborted();
    const headers: OutgoingHttpHeaders = { 'user-agent': this.#options.userAgent, ...request.headers };
    const token = await this.#options.credentials.token?.(signal);
    if (token) headers['authorization'] = `Bearer ${token}`;
    if (request.body !== undefined) headers['content-length'] = Buffer.byteLength(request.body);
    const path = this.#url.pathname.replace(/\/$/, '') + request.path;
    return await new Promise((resolve, reject) => {
      let answered = false;
      const outgoing = httpsRequest(
        {
          agent: this.#currentAgent(),
          host: this.#host(),
          port: this.#url.port || 443,
          method,
          path,
          headers,
          signal,
        },
        (response) => {
          answered = true;
          resolve(response);
        },
      );
      // Small requests must not wait for the peer's delayed acknowledgement (bun-facts).
      outgoing.once('socket', (socket) => socket.setNoDelay(true));
      const fail = (error: Error) =>
        reject(
          signal.aborted
            ? signal.reason
            : new ConnectionError(method, this.#url.origin + request.path, error),
        );
      // Whoever aborts must not depend on how a half-made connection says that it ended.
      const onAbort = () => fail(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      outgoing.on('error', fail);
      outgoing.on('close', () => {
        signal.removeEventListener('abort', onAbort);
        if (!answered) fail(new Error('the connection was closed before an answer came'));
      });
      outgoing.end(request.body);
    });
  }

  /** Reads the credentials again before the next request. */
  reload(): void {
    this.#options.credentials.reload?.();
  }

  /** Breaks every connection, watches too; whoever used one sees an error and comes back on a new one. */
  closeConnections(): void {
    this.#agent?.destroy();
    this.#agent = undefined;
    this.#identity = undefined;
  }

  #host(): string {
    return this.#url.hostname.replace(/^\[|\]$/g, '');
  }

  #currentAgent(): Agent {
    const identity = this.#options.credentials.tls();
    if (this.#agent && identity === this.#identity) return this.#agent;
    if (this.#agent) retire(this.#agent);
    this.#identity = identity;
    this.#agent = this.#createAgent(identity);
    return this.#agent;
  }

  #createAgent(identity: TlsIdentity): Agent {
    const { tlsServerName, localAddress } = this.#options;
    // Without this the system's certificate authorities would be trusted.
    if (!identity.ca && !identity.insecure)
      throw new TypeError('credentials without a certificate authority');
    return new Agent({
      keepAlive: true,
      keepAliveMsecs: TCP_KEEP_ALIVE_MS,
      maxFreeSockets: MAX_FREE_SOCKETS,
      ca: identity.ca,
      cert: identity.cert,
      key: identity.key,
      rejectUnauthorized: identity.insecure !== true,
      ...(tlsServerName === undefined ? {} : { servername: tlsServerName }),
      ...(localAddress === undefined ? {} : { localAddress }),
    });
  }
}

/** Lets an agent's requests finish, and closes each connection as it falls idle. */
function retire(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const sockets of Object.values(agent.freeSockets))
    for (const socket of sockets ?? []) socket.destroy();
}
