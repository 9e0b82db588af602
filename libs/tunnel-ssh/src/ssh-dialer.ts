import type { Duplex } from 'node:stream';
import { DialDeadline, DialError, type Dialer, joinHostPort, type Target } from '@hawser/dial';
import type { Logger, Registry } from '@hawser/observability';
import { type Clock, every } from '@hawser/runtime';
import { hostTrust } from './host-trust.ts';
import { KnownHostsFile } from './known-hosts-file.ts';
import { NodeTunnel, TunnelDownError } from './node-tunnel.ts';
import { readPrivateKey } from './private-key.ts';
import { SshConnection } from './ssh-connection.ts';
import { TunnelMetrics } from './tunnel-metrics.ts';

/** A node as the dialer sees it. */
export interface SshNode {
  readonly name: string;
  /** Where its sshd is. */
  readonly host: string;
  /** The host keys that it published, a line each. */
  readonly hostKeys: string | undefined;
}

export interface SshDialerOptions {
  readonly user: string;
  readonly keyFile: string;
  readonly port: number;
  readonly knownHostsFile: string | undefined;
  /** All nodes, asked every second. */
  readonly nodes: () => readonly SshNode[];
  /** The IP address to connect to for a node's host. @throws where nothing may be connected to it. */
  readonly checkAddress: (host: string) => Promise<string>;
  readonly onHostKeyRefused?: (node: string, why: string) => void;
  readonly registry: Registry;
  readonly clock: Clock;
  readonly logger: Logger;
}

const SYNC_MS = 1_000;
/** A kubectl that fails to get through asks a second time, and both are to be over within five seconds. */
const DIAL_TIMEOUT_MS = 2_000;
/** How many nodes are tried for what every node reaches. */
const MAX_TRIES = 3;

interface Tunnel {
  readonly node: SshNode;
  readonly tunnel: NodeTunnel;
}

/**
 * Reaches nodes, pods and services through SSH: one kept connection to each node's sshd, and in it a channel
 * (`direct-tcpip`, RFC 4254, section 7.2) for each connection. What has no node of its own goes through any.
 */
export class SshDialer implements Dialer, Disposable {
  readonly encrypted = true;
  readonly through = 'ssh';
  /** By the node that the connection comes out on. */
  readonly resolvesNames = true;
  readonly #options: SshDialerOptions;
  readonly #knownHosts: KnownHostsFile | undefined;
  readonly #metrics: TunnelMetrics;
  readonly #tunnels = new Map<string, Tunnel>();
  readonly #sync: Disposable;
  #syncedAtMs = 0;

  /**
   * Opens a tunnel to each node, without waiting for any.
   * @throws PrivateKeyError, or Error for known_hosts, when the files cannot be used: later they may change.
   */
  constructor(options: SshDialerOptions) {
    const { keyFile, knownHostsFile, registry, clock, logger } = options;
    this.#options = options;
    readPrivateKey(keyFile);
    this.#knownHosts = knownHostsFile === undefined ? undefined : new KnownHostsFile(knownHostsFile, logger);
    const secondsSinceSync = () => (clock.now().getTime() - this.#syncedAtMs) / 1000;
    this.#metrics = new TunnelMetrics(registry, secondsSinceSync, () => this.#channels());
    this.#syncTunnels();
    this.#sync = every(clock, SYNC_MS, () => this.#syncTunnels());
  }

  async dial(target: Target, signal?: AbortSignal): Promise<Duplex> {
    using deadline = new DialDeadline(this.#options.clock, DIAL_TIMEOUT_MS, signal);
    return await this.#dialThrough(this.#tunnelsFor(target), target, deadline.signal);
  }

  [Symbol.dispose](): void {
    this.#sync[Symbol.dispose]();
    for (const { tunnel } of this.#tunnels.values()) tunnel[Symbol.dispose]();
    this.#tunnels.clear();
  }

  async #dialThrough(tunnels: readonly NodeTunnel[], target: Target, signal: AbortSignal): Promise<Duplex> {
    const failures: Error[] = [];
    for (const tunnel of tunnels) {
      try {
        return await tunnel.dial(target, signal);
      } catch (error) {
        failures.push(error as Error);
        if (!(error instanceof TunnelDownError) || signal.aborted) break;
      }
    }
    throw failures.length === 1
      ? failures[0]
      : new DialError(failures.map(({ message }) => message).join('; '), { cause: failures.at(-1) });
  }

  /** The one of the target's node; else those that carry least, those that are up before the others. */
  #tunnelsFor({ host, port, node }: Target): readonly NodeTunnel[] {
    if (node !== undefined && !this.#tunnels.has(node)) this.#syncTunnels();
    if (node !== undefined) {
      const own = this.#tunnels.get(node);
      if (own !== undefined) return [own.tunnel];
      throw new DialError(
        `ssh: node ${JSON.stringify(node)}: dial tcp ${host}:${port}: the node has no tunnel`,
      );
    }
    const all = [...this.#tunnels.values()].map(({ tunnel }) => tunnel);
    if (all.length === 0)
      throw new DialError(`ssh: dial tcp ${host}:${port}: there is no node to go through`);
    all.sort((a, b) => Number(b.isUp) - Number(a.isUp) || a.channels - b.channels);
    return all.slice(0, MAX_TRIES);
  }

  /** Brings the tunnels in line with the nodes, and with what is known of their keys. */
  #syncTunnels(): void {
    const knownHostsChanged = this.#knownHosts?.refresh() === true;
    const nodes = new Map(this.#options.nodes().map((node) => [node.name, node]));
    for (const [name, { node, tunnel }] of this.#tunnels) {
      const now = nodes.get(name);
      if (now?.host === node.host) {
        // The tunnel asks for its node's keys by this entry.
        this.#tunnels.set(name, { node: now, tunnel });
        if (knownHostsChanged || now.hostKeys !== node.hostKeys) tunnel.recheck();
        continue;
      }
      tunnel[Symbol.dispose]();
      this.#tunnels.delete(name);
      if (now === undefined) this.#metrics.forget(name);
    }
    for (const node of nodes.values()) if (!this.#tunnels.has(node.name)) this.#add(node);
    this.#syncedAtMs = this.#options.clock.now().getTime();
  }

  #add(node: SshNode): void {
    const { user, keyFile, port, checkAddress, onHostKeyRefused, clock, logger } = this.#options;
    const { name, host } = node;
    const label = `ssh: node ${JSON.stringify(name)} (${joinHostPort({ host, port })})`;
    const trust = () =>
      hostTrust({
        names: [name, host],
        port,
        knownHosts: this.#knownHosts?.current,
        published: (this.#tunnels.get(name)?.node ?? node).hostKeys,
      });
    const connect = async (hostKeys: ReturnType<typeof trust>, signal: AbortSignal) => {
      const privateKey = readPrivateKey(keyFile);
      const address = await checkAddress(host);
      return SshConnection.connect(
        { label, host: address, port, user, privateKey, trust: hostKeys, clock },
        signal,
      );
    };
    const metrics = this.#metrics;
    const tunnel = new NodeTunnel({
      node: name,
      label,
      trust,
      connect,
      onHostKeyRefused,
      metrics,
      clock,
      logger,
    });
    this.#tunnels.set(name, { node, tunnel });
  }

  *#channels(): Iterable<[string, number]> {
    for (const [name, { tunnel }] of this.#tunnels) yield [name, tunnel.channels];
  }
}
