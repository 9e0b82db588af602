import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '@hawser/observability';
import type { Clock } from '@hawser/runtime';
import { rangeOf } from '../node/node-port-addresses.ts';
import type { Proxier } from '../proxier.ts';
import { endpointKey, portKey } from '../services/endpoint.ts';
import type { WantedPort } from '../services/wanted-services.ts';
import type { OwnedAddresses } from './owned-addresses.ts';
import { PortBalancer } from './port-balancer.ts';
import { TcpListener } from './tcp-listener.ts';
import { UdpListener } from './udp-listener.ts';
import { type WantedListener, type WantedNode, wantedNode } from './wanted-listeners.ts';

export interface UserspaceProxierOptions {
  readonly addresses: OwnedAddresses;
  /** Where node ports are served, asked at each sync. */
  readonly nodePortAddresses: () => readonly string[];
  /** Whether a client is a process or a pod of this node. */
  readonly isLocal: (client: string) => boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Listener = TcpListener | UdpListener;

/**
 * Virtual IPs by owning them: they are this host's addresses, this process listens there and carries the bytes.
 * Connections that stand go on when their endpoint, port or Service is taken away, until either side ends them; their
 * address stays as long.
 */
export class UserspaceProxier implements Proxier {
  readonly mode = 'userspace';
  readonly #balancers = new Map<string, PortBalancer>();
  readonly #listeners = new Map<string, { readonly listener: Listener; readonly made: WantedListener }>();
  /** Closed ones whose connections go on, by their addresses. */
  readonly #ending = new Map<Listener, string>();
  readonly #failed = new Set<string>();
  #wanted: WantedNode = { addresses: new Set(), listeners: new Map() };

  constructor(private readonly options: UserspaceProxierOptions) {}

  async sync(ports: readonly WantedPort[], whole: boolean): Promise<void> {
    const wanted = wantedNode(ports, this.options.nodePortAddresses());
    this.#wanted = wanted;
    this.#updateBalancers(ports);
    for (const [key, { listener, made }] of this.#listeners)
      if (!isDeepStrictEqual(wanted.listeners.get(key), made)) this.#close(key, listener);
    // Nobody can listen at an address that is not there yet.
    await this.#setAddresses(whole);
    await this.#openMissing();
  }

  async isIntact(): Promise<boolean> {
    await this.#openMissing();
    return await this.options.addresses.isIntact();
  }

  async cleanUp(): Promise<void> {
    for (const { listener } of this.#listeners.values()) listener.destroy();
    for (const listener of this.#ending.keys()) listener.destroy();
    this.#listeners.clear();
    this.#ending.clear();
    await this.options.addresses.set(new Set(), true);
  }

  #updateBalancers(ports: readonly WantedPort[]): void {
    const { isLocal, clock } = this.options;
    const byKey = new Map(ports.map((port) => [portKey(port.service, port.portName, port.protocol), port]));
    for (const [key, port] of byKey) {
      const known = this.#balancers.get(key);
      if (known === undefined) this.#balancers.set(key, new PortBalancer(port, { isLocal, clock }));
      else known.update(port);
    }
    for (const key of this.#balancers.keys()) if (!byKey.has(key)) this.#balancers.delete(key);
    for (const { listener, made } of this.#listeners.values())
      if (listener instanceof UdpListener)
        listener.retain(new Set(byKey.get(made.owner)?.endpoints.serving.map(endpointKey)));
  }

  async #setAddresses(whole: boolean): Promise<void> {
    const addresses = new Set([...this.#wanted.addresses, ...this.#ending.values()]);
    await this.options.addresses.set(addresses, whole);
  }

  /** What is in somebody else's way is said once, and tried again. */
  async #openMissing(): Promise<void> {
    for (const key of this.#failed) if (!this.#wanted.listeners.has(key)) this.#failed.delete(key);
    for (const [key, wanted] of this.#wanted.listeners) {
      if (this.#listeners.has(key)) continue;
      try {
        this.#listeners.set(key, { listener: await this.#open(wanted), made: wanted });
        this.#failed.delete(key);
      } catch (error) {
        if (!this.#failed.has(key))
          this.options.logger.warn(
            { error, listener: key, port: wanted.owner },
            'cannot listen, trying again',
          );
        this.#failed.add(key);
      }
    }
  }

  async #open({ address, port, protocol, entrance, owner, sourceRanges }: WantedListener): Promise<Listener> {
    const allowed = sourceRanges.length === 0 ? undefined : rangeOf(...sourceRanges);
    const choose = (client: string, tried: ReadonlySet<string>) => {
      if (allowed?.check(client) === false) return undefined;
      return this.#balancers.get(owner)?.choose(client, entrance, tried);
    };
    const where = { address, port, choose };
    if (protocol === 'UDP') return await UdpListener.open({ ...where, clock: this.options.clock });
    if (protocol === 'SCTP') throw new Error('SCTP takes nftables mode');
    const listener: TcpListener = await TcpListener.open({ ...where, onIdle: () => this.#idle(listener) });
    return listener;
  }

  #close(key: string, listener: Listener): void {
    this.#listeners.delete(key);
    listener.close();
    if (listener.connections > 0)
      this.#ending.set(listener, key.slice(key.indexOf(' ') + 1, key.lastIndexOf(':')));
  }

  /** The last connection of a listener has ended; if it was closed before, its address may go. */
  #idle(listener: Listener): void {
    if (!this.#ending.delete(listener)) return;
    this.#setAddresses(false).catch((error) =>
      this.options.logger.warn({ error }, 'cannot remove an address that is not used any more'),
    );
  }
}
