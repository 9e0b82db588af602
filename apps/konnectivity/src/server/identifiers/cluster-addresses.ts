import type { Node } from '@hawser/api';
import {
  type AddressRange,
  contains,
  isOneAddress,
  overlaps,
  parseAddress,
  parseCidr,
} from './address-range.ts';
import { type Grants, NO_GRANTS, parseGrants } from './grants.ts';
import { canonicalName } from './parse-identifiers.ts';
import { RangeTable } from './range-table.ts';

/** On a Node: what an administrator lets its agents claim, comma-separated. NodeRestriction keeps nodes from setting it. */
export const ALLOWED_ADDRESSES = 'hawser.dev/allowed-addresses';

/** What a Node says of where it is. */
export interface NodePlace {
  readonly name: string;
  /** From `status.addresses`, which the node writes itself. */
  readonly addresses: readonly AddressRange[];
  readonly names: ReadonlySet<string>;
  /** From `spec.podCIDRs`. */
  readonly podCidrs: readonly AddressRange[];
  readonly grants: Grants;
}

/** Addresses and names that are no node's to claim. */
export interface ForeignAddresses {
  /** At which the API server is reached: addresses and names. */
  readonly hubAddresses: readonly string[];
  readonly serviceRanges: readonly AddressRange[];
}

/** Which addresses and names of a cluster are whose; does not change. */
export class ClusterAddresses {
  readonly #nodes = new Map<string, NodePlace>();
  readonly #ranges = new RangeTable<string>();
  readonly #names = new Map<string, Set<string>>();
  readonly #hubAddresses: readonly AddressRange[];
  readonly #hubNames: ReadonlySet<string>;

  constructor(
    nodes: Iterable<NodePlace>,
    private readonly foreign: ForeignAddresses,
  ) {
    const { hubAddresses } = foreign;
    this.#hubAddresses = hubAddresses.flatMap((text) => parseAddress(text) ?? []);
    this.#hubNames = new Set(hubAddresses.map(canonicalName));
    for (const node of nodes) this.#add(node);
  }

  node(name: string): NodePlace | undefined {
    return this.#nodes.get(name);
  }

  /** The Nodes that say that an address, or a range, is theirs: at best one. */
  ownersOf(range: AddressRange): ReadonlySet<string> {
    const owners = new Set<string>();
    for (const names of this.#ranges.around(range)) for (const name of names) owners.add(name);
    return owners;
  }

  ownersOfName(name: string): ReadonlySet<string> {
    return this.#names.get(name) ?? NOBODY;
  }

  /** Whether the API server is reached at an address of the range, or at this name. */
  isHub(where: AddressRange | string): boolean {
    return typeof where === 'string'
      ? this.#hubNames.has(where)
      : this.#hubAddresses.some((address) => overlaps(address, where));
  }

  isForServices(range: AddressRange): boolean {
    return this.foreign.serviceRanges.some((services) => overlaps(services, range));
  }

  #add(node: NodePlace): void {
    this.#nodes.set(node.name, node);
    const granted = node.grants.ranges.filter(isOneAddress);
    for (const range of [...node.addresses, ...node.podCidrs, ...granted]) this.#ranges.add(range, node.name);
    for (const name of new Set([...node.names, ...node.grants.names])) {
      const owners = this.#names.get(name);
      if (owners === undefined) this.#names.set(name, new Set([node.name]));
      else owners.add(node.name);
    }
  }
}

const NOBODY: ReadonlySet<string> = new Set();

/** What of a Node says where it is; undefined for one that is going away. */
export function placeOf({ metadata, spec, status }: Node): NodePlace | undefined {
  if (metadata.deletionTimestamp !== undefined) return undefined;
  const stated = (status?.addresses ?? []).map(({ address }) => address);
  const granted = metadata.annotations?.[ALLOWED_ADDRESSES];
  return {
    name: metadata.name,
    addresses: stated.flatMap((text) => parseAddress(text) ?? []),
    names: new Set([metadata.name, ...stated.filter((text) => !parseAddress(text))].map(canonicalName)),
    podCidrs: podCidrsOf(spec).flatMap((text) => parseCidr(text) ?? []),
    grants: granted === undefined ? NO_GRANTS : parseGrants(granted.split(',')),
  };
}

function podCidrsOf(spec: Node['spec']): readonly string[] {
  return spec?.podCIDRs ?? (spec?.podCIDR === undefined ? [] : [spec.podCIDR]);
}

/** Unspecified, multicast and broadcast addresses, and the loopback address that is everybody's own. */
const RESERVED = ['127.0.0.1/32', '::1/128', '0.0.0.0/8', '224.0.0.0/3', '::/128', 'ff00::/8'].map(
  (text) => parseCidr(text)!,
);

/** Whether a range is of addresses that mean no machine in particular. */
export function isReserved(range: AddressRange): boolean {
  return RESERVED.some((reserved) => contains(reserved, range));
}
