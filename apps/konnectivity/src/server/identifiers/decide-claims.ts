import { type AddressRange, contains, isOneAddress } from './address-range.ts';
import { type ClusterAddresses, isReserved, type NodePlace } from './cluster-addresses.ts';
import { type Grants, isGranted, mergeGrants, NO_GRANTS } from './grants.ts';
import type { Claim, ClaimFault, RejectedClaim } from './parse-identifiers.ts';

/** What traffic an agent may have. */
export interface Route {
  /** Addresses, a name, or all that nobody else is for. */
  readonly to: AddressRange | string | 'default-route';
  /** By the operator's word; otherwise it holds only for what the agent's Node alone says to be its own. */
  readonly granted: boolean;
}

/** Whose claims are decided. */
export interface Claimant {
  /** The Node that the agent's credential is bound to. */
  readonly nodeName?: string;
  /** What `--agent-grants` say of its identity. */
  readonly grants: Grants;
}

export interface ClaimDecision {
  readonly routes: readonly Route[];
  readonly rejected: readonly RejectedClaim[];
}

export interface ClaimRules {
  /** Whether the agents of a Node get the traffic for its pods without asking for it. */
  readonly serveNodePodCidrs: boolean;
}

/**
 * Which of its claims an agent has a right to: what the operator granted, and what belongs to the Node that its
 * credential is bound to and to no other. A node writes the addresses in its status itself, so an address that two
 * Nodes name is neither's until an administrator grants it; and the API server's, and those of Services, are no node's.
 * @param cluster undefined while nothing is known of the cluster's Nodes.
 */
export function decideClaims(
  claims: readonly Claim[],
  claimant: Claimant,
  cluster: ClusterAddresses | undefined,
  rules: ClaimRules,
): ClaimDecision {
  const node = claimant.nodeName === undefined ? undefined : cluster?.node(claimant.nodeName);
  const grants = mergeGrants(claimant.grants, node?.grants ?? NO_GRANTS);
  const routes: Route[] = [];
  const rejected: RejectedClaim[] = [];
  for (const claim of claims) {
    const { type, value } = claim;
    const granted = isGranted(claim, grants);
    const reason = granted ? undefined : faultOf(claim, claimant, node, cluster);
    if (reason === undefined) routes.push({ to: placeIn(claim), granted });
    else rejected.push({ type, value, reason });
  }
  if (node !== undefined && cluster !== undefined)
    routes.push(...routesOf(node, cluster, claims.length === 0, rules.serveNodePodCidrs));
  return { routes, rejected };
}

/** What the agents of a Node serve without claiming it. One that claims nothing at all, as upstream's, is for its Node. */
function routesOf(node: NodePlace, cluster: ClusterAddresses, itself: boolean, pods: boolean): Route[] {
  const ranges = [...(itself ? node.addresses : []), ...(pods ? node.podCidrs : [])];
  const names = itself ? [...node.names] : [];
  return [
    ...ranges.filter((range) => rangeFault(range, node, cluster) === undefined),
    ...names.filter((name) => nameFault(name, node, cluster) === undefined),
  ].map((to) => ({ to, granted: false }));
}

function placeIn({ type, value, range }: Claim): Route['to'] {
  return type === 'default-route' ? 'default-route' : (range ?? value);
}

function faultOf(
  { type, value, range }: Claim,
  { nodeName }: Claimant,
  node: NodePlace | undefined,
  cluster: ClusterAddresses | undefined,
): ClaimFault | undefined {
  if (type === 'default-route' || nodeName === undefined) return 'not_granted';
  if (cluster === undefined) return 'nodes_unknown';
  if (node === undefined) return 'no_node';
  if (range === undefined) return nameFault(value, node, cluster);
  return rangeFault(range, node, cluster);
}

/**
 * That a range lies around what other Nodes say to be theirs is no fault of it: of each address in it, it is asked
 * again when somebody wants to go there.
 */
function rangeFault(range: AddressRange, node: NodePlace, cluster: ClusterAddresses): ClaimFault | undefined {
  const own = isOneAddress(range) ? [...node.addresses, ...node.podCidrs] : node.podCidrs;
  if (!own.some((each) => contains(each, range))) return 'not_of_node';
  if (isReserved(range)) return 'reserved';
  if (cluster.isHub(range)) return 'hub_address';
  if (cluster.isForServices(range)) return 'service_range';
  return isForeign(cluster.ownersOf(range), node.name) ? 'other_node' : undefined;
}

function nameFault(name: string, node: NodePlace, cluster: ClusterAddresses): ClaimFault | undefined {
  if (!node.names.has(name)) return 'not_of_node';
  if (cluster.isHub(name)) return 'hub_address';
  if (RESERVED_NAME.test(name)) return 'reserved';
  return isForeign(cluster.ownersOfName(name), node.name) ? 'other_node' : undefined;
}

/** Under which whoever asks means its own machine, the API server, or a Service. */
const RESERVED_NAME = /^(localhost|kubernetes|svc|kubernetes\.default.*)$|\.(localhost|svc|cluster\.local)$/;

export function isForeign(owners: ReadonlySet<string>, nodeName: string): boolean {
  return owners.size > (owners.has(nodeName) ? 1 : 0);
}
