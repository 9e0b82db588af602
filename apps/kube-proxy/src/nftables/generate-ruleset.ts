import type { Endpoint } from '../services/endpoint.ts';
import { endpointKey } from '../services/endpoint.ts';
import { isExternallyAccessible } from '../services/service-port.ts';
import {
  type Disposition,
  externalDisposition,
  internalDisposition,
  type WantedPort,
} from '../services/wanted-services.ts';
import {
  baseChains,
  baseCollections,
  type CollectionName,
  MARK_CHAIN,
  type NftablesSettings,
  REJECT_CHAIN,
  wordsOf,
} from './base-rules.ts';
import { affinitySet, endpointChain, portNames } from './names.ts';
import type { Chain, Collection, Ruleset } from './ruleset.ts';

/** What is collected while the ports are gone through. */
interface Draft {
  readonly settings: NftablesSettings;
  readonly chains: Map<string, Chain>;
  readonly affinity: Map<string, Collection>;
  readonly elements: Record<CollectionName, Map<string, string>>;
}

/**
 * The table that serves these ports (upstream's pkg/proxy/nftables): maps lead from addresses to a chain for each
 * port, which chooses one of the chains of its endpoints. A pure function, so that what changed is a comparison.
 */
export function generateRuleset(ports: readonly WantedPort[], settings: NftablesSettings): Ruleset {
  const draft: Draft = {
    settings,
    chains: baseChains(settings),
    affinity: new Map(),
    elements: {
      'service-ips': new Map(),
      'service-nodeports': new Map(),
      'no-endpoint-services': new Map(),
      'no-endpoint-nodeports': new Map(),
      'firewall-ips': new Map(),
      'cluster-ips': new Map(),
    },
  };
  for (const port of ports) addPort(draft, port);
  const collections = new Map([...baseCollections(settings, draft.elements), ...draft.affinity]);
  return { chains: draft.chains, collections };
}

function addPort(draft: Draft, port: WantedPort): void {
  const names = portNames(port);
  const { cluster, local, reachable } = port.endpoints;
  draft.elements['cluster-ips'].set(port.clusterIP, '');
  addInternal(draft, port);
  if (isExternallyAccessible(port)) addExternal(draft, port);
  if (cluster.length > 0) draft.chains.set(names.cluster, choosing(draft, port, cluster));
  if (local.length > 0) draft.chains.set(names.local, choosing(draft, port, local));
  for (const endpoint of reachable) addEndpoint(draft, port, endpoint);
}

/** Traffic to the ClusterIP. */
function addInternal(draft: Draft, port: WantedPort): void {
  const names = portNames(port);
  const where = internalDisposition(port);
  if (where.to === 'reject' || where.to === 'drop')
    put(draft, 'no-endpoint-services', addressKey(port, port.clusterIP), refusal(where));
  else put(draft, 'service-ips', addressKey(port, port.clusterIP), `goto ${names[where.to]}`);
}

/** Traffic to the node port, the external addresses and those of the load balancer. */
function addExternal(draft: Draft, port: WantedPort): void {
  const { external, firewall } = portNames(port);
  const where = externalDisposition(port);
  const addresses = [...port.externalIPs, ...port.loadBalancerIPs];
  if (port.endpoints.any) {
    draft.chains.set(external, { hook: '', rules: externalRules(draft, port, where) });
    for (const address of addresses) put(draft, 'service-ips', addressKey(port, address), `goto ${external}`);
    if (port.nodePort !== 0) put(draft, 'service-nodeports', nodePortKey(port), `goto ${external}`);
  }
  if (where.to === 'reject' || where.to === 'drop') {
    for (const address of addresses)
      put(draft, 'no-endpoint-services', addressKey(port, address), refusal(where));
    if (port.nodePort !== 0) put(draft, 'no-endpoint-nodeports', nodePortKey(port), refusal(where));
  }
  if (port.loadBalancerSourceRanges.length === 0 || port.loadBalancerIPs.length === 0) return;
  const { ip } = wordsOf(draft.settings.family);
  const allowed = port.loadBalancerSourceRanges.join(', ');
  draft.chains.set(firewall, { hook: '', rules: [`${ip} saddr != { ${allowed} } drop`] });
  for (const address of port.loadBalancerIPs)
    put(draft, 'firewall-ips', addressKey(port, address), `goto ${firewall}`);
}

/**
 * Under policy Cluster the sender is masqueraded, since the endpoint may be on another node. Under Local its address
 * is kept; but pods and processes of this node are served as if they had come by the load balancer: by all endpoints.
 */
function externalRules(draft: Draft, port: WantedPort, where: Disposition): string[] {
  const { clusterCidr, family } = draft.settings;
  const { ip } = wordsOf(family);
  const { cluster, local } = portNames(port);
  if (!port.externalPolicyLocal) return [`jump ${MARK_CHAIN}`, `goto ${cluster}`];
  const rules: string[] = [];
  if (port.endpoints.cluster.length > 0) {
    if (clusterCidr !== undefined) rules.push(`${ip} saddr ${clusterCidr} goto ${cluster}`);
    rules.push(`fib saddr type local jump ${MARK_CHAIN}`, `fib saddr type local goto ${cluster}`);
  }
  if (where.to === 'local') rules.push(`goto ${local}`);
  return rules;
}

/**
 * Chooses an endpoint: the one that the client had, if it is to be kept, else any. Upstream ends with the lot; while the
 * kernel takes over other rules, a packet that began with the ones before may find nothing in their map any more, and
 * would be refused. It goes to an endpoint all the same.
 */
function choosing({ settings }: Draft, port: WantedPort, endpoints: readonly Endpoint[]): Chain {
  const { ip } = wordsOf(settings.family);
  const rules = masqueradeRules(settings, port);
  if (port.affinitySeconds !== undefined)
    for (const endpoint of endpoints)
      rules.push(`${ip} saddr @${affinitySet(port, endpoint)} goto ${endpointChain(port, endpoint)}`);
  const choices = endpoints.map((endpoint, i) => `${i} : goto ${endpointChain(port, endpoint)}`);
  if (choices.length > 1) rules.push(`numgen random mod ${endpoints.length} vmap { ${choices.join(', ')} }`);
  return { hook: '', rules: [...rules, `goto ${endpointChain(port, endpoints[0]!)}`] };
}

/** What comes from outside the range of pods to a ClusterIP must come back by this node. */
function masqueradeRules(settings: NftablesSettings, port: WantedPort): string[] {
  const { ip } = wordsOf(settings.family);
  const toClusterIP = `${ip} daddr ${port.clusterIP} ${port.protocol.toLowerCase()} dport ${port.port}`;
  if (settings.masqueradeAll) return [`${toClusterIP} jump ${MARK_CHAIN}`];
  if (settings.clusterCidr === undefined) return [];
  return [`${toClusterIP} ${ip} saddr != ${settings.clusterCidr} jump ${MARK_CHAIN}`];
}

/** Sends to one endpoint; one that reaches itself does so by the node, which it would not answer otherwise. */
function addEndpoint(draft: Draft, port: WantedPort, endpoint: Endpoint): void {
  const { ip, addressType } = wordsOf(draft.settings.family);
  const rules = [`${ip} saddr ${endpoint.ip} jump ${MARK_CHAIN}`];
  if (port.affinitySeconds !== undefined) {
    const set = affinitySet(port, endpoint);
    const declaration = `type ${addressType}; flags dynamic,timeout; timeout ${port.affinitySeconds}s;`;
    draft.affinity.set(set, { kind: 'set', declaration, elements: undefined });
    rules.push(`update @${set} { ${ip} saddr }`);
  }
  rules.push(`meta l4proto ${port.protocol.toLowerCase()} dnat to ${endpointKey(endpoint)}`);
  draft.chains.set(endpointChain(port, endpoint), { hook: '', rules });
}

const addressKey = ({ protocol, port }: WantedPort, address: string): string =>
  `${address} . ${protocol.toLowerCase()} . ${port}`;

const nodePortKey = ({ protocol, nodePort }: WantedPort): string => `${protocol.toLowerCase()} . ${nodePort}`;

const refusal = ({ to }: Disposition): string => (to === 'reject' ? `goto ${REJECT_CHAIN}` : 'drop');

/** Of two Services that claim an address and port, as external addresses may be, the first has it. */
function put({ elements }: Draft, name: CollectionName, key: string, value: string): void {
  if (!elements[name].has(key)) elements[name].set(key, value);
}
