import type { Clock } from '@hawser/runtime';
import { type Endpoint, endpointKey } from '../services/endpoint.ts';
import type { WantedPort } from '../services/wanted-services.ts';
import { AffinityTable } from './affinity-table.ts';

/** By which of a port's addresses a client came. */
export type Entrance = 'internal' | 'external';

export interface PortBalancerOptions {
  /** Whether a client is a process or a pod of this node. */
  readonly isLocal: (client: string) => boolean;
  readonly clock: Clock;
  readonly random?: () => number;
}

/** Chooses the endpoint of each new connection to a port, as the rules of nftables mode do. */
export class PortBalancer {
  readonly #affinity: AffinityTable;

  constructor(
    private wanted: WantedPort,
    private readonly options: PortBalancerOptions,
  ) {
    this.#affinity = new AffinityTable(options.clock);
  }

  get port(): WantedPort {
    return this.wanted;
  }

  /** From now on this is the port, with these endpoints. */
  update(wanted: WantedPort): void {
    this.wanted = wanted;
    this.#affinity.retain(new Set(wanted.endpoints.reachable.map(endpointKey)));
  }

  /**
   * @param except endpoints that were tried in vain.
   * @returns undefined where there is none for this client.
   */
  choose(client: string, entrance: Entrance, except: ReadonlySet<string> = new Set()): Endpoint | undefined {
    const candidates = this.#candidates(client, entrance).filter(
      (endpoint) => !except.has(endpointKey(endpoint)),
    );
    const { affinitySeconds } = this.wanted;
    if (affinitySeconds === undefined) return this.#any(candidates);
    const kept = this.#affinity.find(client, affinitySeconds);
    const chosen = candidates.find((endpoint) => endpointKey(endpoint) === kept) ?? this.#any(candidates);
    if (chosen !== undefined) this.#affinity.keep(client, endpointKey(chosen));
    return chosen;
  }

  #candidates(client: string, entrance: Entrance): readonly Endpoint[] {
    const { endpoints, internalPolicyLocal, externalPolicyLocal } = this.wanted;
    if (entrance === 'internal') return internalPolicyLocal ? endpoints.local : endpoints.cluster;
    return externalPolicyLocal && !this.options.isLocal(client) ? endpoints.local : endpoints.cluster;
  }

  #any(candidates: readonly Endpoint[]): Endpoint | undefined {
    return candidates[Math.floor((this.options.random ?? Math.random)() * candidates.length)];
  }
}
