import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import type { AgentProtocol } from '../link/agent-connection.ts';
import type { LinkIdentity } from './link-identity.ts';
import type { OpenedLink } from './open-link.ts';
import { endpointKey, type ServerEndpoint } from './server-endpoints.ts';

/** A link that is up. */
export interface Link extends OpenedLink {
  readonly endpoint: ServerEndpoint;
  /** Of the identity that it was made with. */
  readonly fingerprint: string;
  readonly sinceMs: number;
}

/** What has become of a link that was opened: the first to its server, one in place of another, or one too many. */
export type Adoption = 'added' | 'replaced' | 'duplicate';

export interface ServerLinksOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** A link was lost, after it had lasted so long. */
  readonly onLost: (link: Link, lastedMs: number) => void;
}

/** How often a drained link is asked whether its tunnels have ended. */
const DRAIN_POLL_MS = 50;

/** The links that are up: one for each server, by its ID, and those that finish what runs through them. */
export class ServerLinks {
  readonly #current = new Map<string, Link>();
  readonly #retiring = new Set<Link>();
  readonly #options: ServerLinksOptions;
  #lastServerCount = 0;

  constructor(options: ServerLinksOptions) {
    this.#options = options;
  }

  /** How many servers are linked to. */
  get size(): number {
    return this.#current.size;
  }

  /** How many servers there are, as the one said that was linked to last; 0 before. */
  get lastServerCount(): number {
    return this.#lastServerCount;
  }

  /** How many tunnels run, through all links. */
  get tunnels(): number {
    return this.#all.reduce((sum, { connection }) => sum + connection.tunnels, 0);
  }

  /** How many links are up by protocol. */
  countOf(protocol: AgentProtocol): number {
    return [...this.#current.values()].filter((link) => link.protocol === protocol).length;
  }

  /** Those made with another identity than this. */
  staleFor({ fingerprint }: LinkIdentity): Link[] {
    return [...this.#current.values()].filter((link) => link.fingerprint !== fingerprint);
  }

  /** Whether a link that was made with this identity goes by this endpoint. */
  isLinked(endpoint: ServerEndpoint, { fingerprint }: LinkIdentity): boolean {
    const key = endpointKey(endpoint);
    return [...this.#current.values()].some(
      (link) => endpointKey(link.endpoint) === key && link.fingerprint === fingerprint,
    );
  }

  /** Takes a link that was opened. One too many is closed; one made with an older identity makes room. */
  adopt(opened: OpenedLink, endpoint: ServerEndpoint, { fingerprint }: LinkIdentity): Adoption {
    const { clock, logger } = this.#options;
    const { connection, protocol } = opened;
    const { serverID, serverCount } = connection;
    const before = this.#current.get(serverID);
    if (before?.fingerprint === fingerprint) {
      connection.close();
      return 'duplicate';
    }
    const link: Link = { ...opened, endpoint, fingerprint, sinceMs: clock.now().getTime() };
    this.#lastServerCount = serverCount;
    this.#current.set(serverID, link);
    void connection.closed.then((error) => this.#onClosed(link, error));
    void connection.goingAway?.then(() => this.#onGoingAway(link));
    const facts = { serverID, server: endpoint.host, address: endpoint.address, protocol, serverCount };
    if (before === undefined) logger.info(facts, 'connected to a server');
    else {
      logger.info(facts, 'connected to a server with a new identity');
      this.#retire(before);
    }
    return before === undefined ? 'added' : 'replaced';
  }

  /** Has no further tunnels come, and closes each link as its last tunnel ends. */
  retireAll(): void {
    for (const link of [...this.#current.values()]) {
      this.#current.delete(link.connection.serverID);
      this.#retire(link);
    }
  }

  /** Closes all, whatever runs. */
  closeAll(): void {
    for (const { connection } of this.#all) connection.close();
  }

  get #all(): Link[] {
    return [...this.#current.values(), ...this.#retiring];
  }

  /** Whether links that were retired are still up. */
  get isRetiring(): boolean {
    return this.#retiring.size > 0;
  }

  #retire(link: Link): void {
    this.#retiring.add(link);
    link.connection.drain();
    const look = () => {
      if (!this.#retiring.has(link)) return;
      if (link.connection.tunnels === 0 && link.pendingDials() === 0) link.connection.close();
      else this.#options.clock.after(DRAIN_POLL_MS, look);
    };
    // Not at once: what the server has sent before it heard of the end is still to arrive.
    this.#options.clock.after(DRAIN_POLL_MS, look);
  }

  /** Another server, or the one that comes after it, is needed from now on. */
  #onGoingAway(link: Link): void {
    if (!this.#forget(link)) return;
    this.#options.logger.info({ serverID: link.connection.serverID }, 'a server is going away');
    this.#retire(link);
    this.#lost(link);
  }

  #onClosed(link: Link, error: Error | undefined): void {
    if (this.#retiring.delete(link) || !this.#forget(link)) return;
    const { connection, endpoint } = link;
    const facts = { serverID: connection.serverID, address: endpoint.address, why: error?.message };
    this.#options.logger.warn(facts, 'lost the link to a server');
    this.#lost(link);
  }

  #forget(link: Link): boolean {
    const { serverID } = link.connection;
    return this.#current.get(serverID) === link && this.#current.delete(serverID);
  }

  #lost(link: Link): void {
    const { clock, onLost } = this.#options;
    onLost(link, clock.now().getTime() - link.sinceMs);
  }
}
