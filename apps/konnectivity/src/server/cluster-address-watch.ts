import { isDeepStrictEqual } from 'node:util';
import { type Node, nodes } from '@hawser/api';
import { type CredentialSource, HubAddresses, Informer, type KubeClient } from '@hawser/client';
import type { Logger } from '@hawser/observability';
import { Backoff, type Clock, sleep } from '@hawser/runtime';
import type { AddressRange } from './identifiers/address-range.ts';
import { ClusterAddresses, type NodePlace, placeOf } from './identifiers/cluster-addresses.ts';

export interface ClusterAddressWatchOptions {
  readonly client: KubeClient;
  /** Of the same API server. */
  readonly credentials: CredentialSource;
  /** Further addresses and names at which the API server is reached. */
  readonly hubAddresses: readonly string[];
  readonly serviceRanges: readonly AddressRange[];
  /** Told of what is known, first when the Nodes and the API server's own addresses are. */
  readonly onChange: (cluster: ClusterAddresses) => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How often the API server's certificate is asked for its names. */
const HUB_CHECK_MS = 10 * 60_000;

/** Follows the Nodes, and tells when something about whose which address is has changed. */
export class ClusterAddressWatch {
  readonly #options: ClusterAddressWatchOptions;
  readonly #places = new Map<string, NodePlace>();
  /** Undefined until they have been asked for: a node that claims one of them must not be there first. */
  #hubAddresses: readonly string[] | undefined;
  #synced = false;
  #scheduled = false;

  constructor(options: ClusterAddressWatchOptions) {
    this.#options = options;
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { client, clock, logger } = this.#options;
    const informer = new Informer(client, nodes, { clock, logger });
    using _subscription = informer.subscribe({
      added: (node) => this.#put(node),
      updated: (_before, node) => this.#put(node),
      deleted: ({ metadata }) => this.#forget(metadata.name),
    });
    void informer.synced.then(() => {
      this.#synced = true;
      this.#schedule();
    });
    await Promise.all([informer.run(signal), this.#followHub(signal)]);
  }

  #put(node: Node): void {
    const place = placeOf(node);
    if (place === undefined) this.#forget(node.metadata.name);
    // Most of what changes about a Node is its heartbeat.
    else if (!isDeepStrictEqual(this.#places.get(place.name), place)) {
      this.#places.set(place.name, place);
      this.#schedule();
    }
  }

  #forget(name: string): void {
    if (this.#places.delete(name)) this.#schedule();
  }

  /** Many Nodes may change at once. */
  #schedule(): void {
    if (this.#scheduled || !this.#synced || this.#hubAddresses === undefined) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const { serviceRanges, onChange } = this.#options;
      const foreign = { hubAddresses: this.#hubAddresses ?? [], serviceRanges };
      onChange(new ClusterAddresses(this.#places.values(), foreign));
    });
  }

  async #followHub(signal: AbortSignal): Promise<void> {
    const { client, credentials, hubAddresses, clock, logger } = this.#options;
    const hub = new HubAddresses({
      server: client.server,
      credentials,
      clock,
    });
    const backoff = new Backoff({ initialMs: 500, maxMs: 30_000 });
    let complained = false;
    while (!signal.aborted) {
      let waitMs = HUB_CHECK_MS;
      try {
        const found = [...hubAddresses, ...(await hub.current(signal))];
        backoff.reset();
        complained = false;
        if (!isDeepStrictEqual(found, this.#hubAddresses)) {
          this.#hubAddresses = found;
          this.#schedule();
        }
      } catch (error) {
        if (signal.aborted) return;
        const facts = { why: (error as Error).message, known: this.#hubAddresses !== undefined };
        logger[complained ? 'debug' : 'warn'](
          facts,
          "the API server's addresses cannot be asked for, trying again",
        );
        complained = true;
        waitMs = backoff.next();
      }
      await sleep(waitMs, signal, clock).catch(() => {});
    }
  }
}
