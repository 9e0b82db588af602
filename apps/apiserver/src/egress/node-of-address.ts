import { BlockList, isIP } from 'node:net';
import type { Node, Pod } from '@hawser/api';
import type { Lister } from '@hawser/authn';

export interface NodeAddressesOptions {
  readonly nodes: Lister<Node>;
  readonly pods: Lister<Pod>;
}

/**
 * Finds the node that an address is on: by the ranges of pod addresses, which nodes cannot change once they are set;
 * by the addresses that nodes report, where the oldest node has what several claim; by those of pods.
 */
export class NodeAddresses {
  readonly #options: NodeAddressesOptions;
  #ofNodes:
    | { version: number; ranges: readonly PodRange[]; addresses: ReadonlyMap<string, string> }
    | undefined;
  #ofPods: { version: number; addresses: ReadonlyMap<string, string> } | undefined;

  constructor(options: NodeAddressesOptions) {
    this.#options = options;
  }

  /** @returns the node's name; undefined for what is on none, such as the address of a Service. */
  nodeOf(host: string): string | undefined {
    const { ranges, addresses } = this.#nodeIndex();
    const family = isIP(host);
    const range =
      family === 0 ? undefined : ranges.find(({ list }) => list.check(host, family === 6 ? 'ipv6' : 'ipv4'));
    return range?.node ?? addresses.get(host) ?? this.#podIndex().get(host);
  }

  #nodeIndex() {
    const { nodes } = this.#options;
    const { version } = nodes;
    if (this.#ofNodes?.version === version) return this.#ofNodes;
    const oldestFirst = [...nodes.list()].sort(byAge);
    const addresses = new Map<string, string>();
    for (const { metadata, status } of oldestFirst)
      for (const { address } of status?.addresses ?? [])
        if (!addresses.has(address)) addresses.set(address, metadata.name);
    this.#ofNodes = { version, ranges: oldestFirst.map(podRange), addresses };
    return this.#ofNodes;
  }

  #podIndex(): ReadonlyMap<string, string> {
    const { pods } = this.#options;
    const { version } = pods;
    if (this.#ofPods?.version === version) return this.#ofPods.addresses;
    const addresses = new Map<string, string>();
    for (const { spec, status } of [...pods.list()].sort(byAge))
      for (const { ip } of status?.podIPs ?? [{ ip: status?.podIP }])
        if (ip !== undefined && spec.nodeName !== undefined && !addresses.has(ip))
          addresses.set(ip, spec.nodeName);
    this.#ofPods = { version, addresses };
    return addresses;
  }
}

interface PodRange {
  readonly node: string;
  readonly list: BlockList;
}

function podRange({ metadata, spec }: Node): PodRange {
  const list = new BlockList();
  for (const range of spec?.podCIDRs ?? []) {
    const [address = '', bits = ''] = range.split('/');
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return { node: metadata.name, list };
}

type Dated = Pick<Node, 'metadata'>;

function byAge({ metadata: a }: Dated, { metadata: b }: Dated): number {
  const [age, otherAge] = [a.creationTimestamp ?? '', b.creationTimestamp ?? ''];
  if (age !== otherAge) return age < otherAge ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}
