import type { IpFamily } from '../services/ip-family.ts';
import type { Chain, Collection } from './ruleset.ts';

/** How the table is to be beyond what Services say. */
export interface NftablesSettings {
  readonly family: IpFamily;
  /** The bit of packet marks that says to masquerade, 0 to 31. */
  readonly masqueradeBit: number;
  /** Masquerade all that goes to a ClusterIP. */
  readonly masqueradeAll: boolean;
  /** The range of pods; what comes from elsewhere to a ClusterIP is masqueraded. */
  readonly clusterCidr: string | undefined;
  /** Where node ports are served; all of the node's addresses but loopback ones if undefined. */
  readonly nodePortAddresses: readonly string[] | undefined;
}

/** The words of a family. */
export function wordsOf(family: IpFamily) {
  return family === 'IPv4'
    ? { ip: 'ip', addressType: 'ipv4_addr', loopback: '127.0.0.0/8' }
    : { ip: 'ip6', addressType: 'ipv6_addr', loopback: '::1' };
}

export const MARK_CHAIN = 'mark-for-masquerade';
export const REJECT_CHAIN = 'reject-chain';

/**
 * The chains on the kernel's hooks and what they lead to, as upstream's. Who may not use a load balancer is told by the
 * address before it is rewritten; who finds nobody by what was not rewritten. Numbers stand for priorities: older nft
 * knows `dstnat` in some hooks only.
 */
export function baseChains(settings: NftablesSettings): Map<string, Chain> {
  const base = (type: string, hook: string, priority: number, ...rules: string[]) =>
    chain(rules, `type ${type} hook ${hook} priority ${priority};`);
  const ifNew = (target: string) => `ct state new jump ${target}`;
  const [firewall, endpoints, clusterIPs] = ['firewall-check', 'endpoints-check', 'cluster-ips-check'].map(
    ifNew,
  );
  return new Map([
    ['filter-prerouting-pre-dnat', base('filter', 'prerouting', -110, firewall!)],
    ['filter-output-pre-dnat', base('filter', 'output', -110, firewall!)],
    ['filter-input', base('filter', 'input', 0, endpoints!)],
    ['filter-forward', base('filter', 'forward', 0, endpoints!, clusterIPs!)],
    ['filter-output', base('filter', 'output', 0, endpoints!, clusterIPs!)],
    ['nat-prerouting', base('nat', 'prerouting', -100, 'jump services')],
    ['nat-output', base('nat', 'output', -100, 'jump services')],
    ['nat-postrouting', base('nat', 'postrouting', 100, 'jump masquerading')],
    ...innerChains(settings),
  ]);
}

function innerChains({ family, masqueradeBit, nodePortAddresses }: NftablesSettings): [string, Chain][] {
  const { ip, loopback } = wordsOf(family);
  const mark = `0x${(2 ** masqueradeBit).toString(16).padStart(8, '0')}`;
  const toService = `${ip} daddr . meta l4proto . th dport vmap`;
  const toNode =
    nodePortAddresses === undefined
      ? `fib daddr type local ${ip} daddr != ${loopback}`
      : `${ip} daddr @nodeport-ips`;
  const toNodePort = `${toNode} meta l4proto . th dport vmap`;
  return [
    ['services', chain([`${toService} @service-ips`, `${toNodePort} @service-nodeports`])],
    [
      'endpoints-check',
      chain([`${toService} @no-endpoint-services`, `${toNodePort} @no-endpoint-nodeports`]),
    ],
    ['firewall-check', chain([`${toService} @firewall-ips`])],
    // What still goes to a ClusterIP goes to a port that its Service does not have.
    ['cluster-ips-check', chain([`${ip} daddr @cluster-ips goto ${REJECT_CHAIN}`])],
    // A client is to hear at once that nobody is there.
    [REJECT_CHAIN, chain(['meta l4proto tcp reject with tcp reset', 'reject'])],
    [MARK_CHAIN, chain([`meta mark set meta mark | ${mark}`])],
    [
      'masquerading',
      chain([
        `meta mark & ${mark} == 0 return`,
        `meta mark set meta mark ^ ${mark}`,
        'masquerade fully-random',
      ]),
    ],
  ];
}

const chain = (rules: readonly string[], hook = ''): Chain => ({ hook, rules });

/** The sets and maps through which packets find their Service, with these elements. */
export function baseCollections(
  { family, nodePortAddresses }: NftablesSettings,
  elements: Readonly<Record<CollectionName, ReadonlyMap<string, string>>>,
): Map<string, Collection> {
  const { addressType } = wordsOf(family);
  const byAddress = `type ${addressType} . inet_proto . inet_service : verdict;`;
  const byPort = 'type inet_proto . inet_service : verdict;';
  const map = (name: CollectionName, declaration: string): [string, Collection] => [
    name,
    { kind: 'map', declaration, elements: elements[name] },
  ];
  const set = (name: string, of: ReadonlyMap<string, string>): [string, Collection] => [
    name,
    { kind: 'set', declaration: `type ${addressType};`, elements: of },
  ];
  return new Map([
    map('service-ips', byAddress),
    map('service-nodeports', byPort),
    map('no-endpoint-services', byAddress),
    map('no-endpoint-nodeports', byPort),
    map('firewall-ips', byAddress),
    set('cluster-ips', elements['cluster-ips']),
    set('nodeport-ips', new Map((nodePortAddresses ?? []).map((address) => [address, '']))),
  ]);
}

export type CollectionName =
  | 'service-ips'
  | 'service-nodeports'
  | 'no-endpoint-services'
  | 'no-endpoint-nodeports'
  | 'firewall-ips'
  | 'cluster-ips';
