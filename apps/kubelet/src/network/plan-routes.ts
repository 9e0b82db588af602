import { isIPv4 } from 'node:net';
import type { Node } from '@hawser/api';
import { containsAddress, overlaps, type PodCidr, parsePodCidr } from './pod-cidr.ts';

/** Where the pods of another node are. */
export interface PeerRoute {
  readonly podCidr: PodCidr;
  readonly nodeIp: string;
}

/**
 * Which ranges lie behind which nodes. A Node's range is the controller manager's word, its address its own: one
 * that would lead somewhere into a range of pods, or a range that another Node has already, is left out.
 * @param nodes all Nodes; older ones come first where two have the same range.
 */
export function planRoutes(
  nodes: readonly Node[],
  own: { readonly name: string; readonly podCidr: PodCidr },
): PeerRoute[] {
  const age = ({ metadata }: Node) => `${metadata.creationTimestamp ?? ''} ${metadata.name}`;
  const others = nodes
    .filter(({ metadata }) => metadata.name !== own.name)
    .toSorted((a, b) => (age(a) < age(b) ? -1 : 1));
  const routes: PeerRoute[] = [];
  const ranges = [own.podCidr];
  for (const node of others) {
    const podCidr = podCidrOf(node);
    if (podCidr === undefined || ranges.some((range) => overlaps(range, podCidr))) continue;
    ranges.push(podCidr);
    const nodeIp = internalIp(node);
    if (nodeIp !== undefined) routes.push({ podCidr, nodeIp });
  }
  return routes.filter(({ nodeIp }) => !ranges.some((range) => containsAddress(range, nodeIp)));
}

/** A node's range of IPv4. */
export function podCidrOf({ spec }: Node): PodCidr | undefined {
  const all = spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : []);
  return all.map(parsePodCidr).find((cidr) => cidr !== undefined);
}

function internalIp({ status }: Node): string | undefined {
  return status?.addresses?.find(({ type, address }) => type === 'InternalIP' && isIPv4(address))?.address;
}
