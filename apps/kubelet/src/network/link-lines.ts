import { gatewayAddress, hardwareAddress, networkAddress, type PodCidr } from './pod-cidr.ts';

/** The bridge that the node's pods are joined to. */
export const BRIDGE = 'cbr0';
/** The tunnel to nodes that are not on the same link. */
export const TUNNEL = 'hawser.1';
/** As of flannel, which carries pods' traffic in the same way (IANA: otv). */
export const TUNNEL_PORT = 8472;
/** What VXLAN adds to a packet: Ethernet, IP, UDP and its own header. */
const TUNNEL_OVERHEAD = 50;
/** Marks the routes that are the kubelet's own (rtnetlink's protocol; 5 and up are free for who uses them). */
export const ROUTE_PROTOCOL = 77;

/** Where a peer's pods are, and how to get there. */
export interface PeerWay {
  readonly podCidr: PodCidr;
  readonly nodeIp: string;
  /** The device on whose link the node is; undefined where a router is between. */
  readonly onLink: string | undefined;
}

/** How large a packet of a pod may be, so that it fits into the tunnel: peers behind a router may come at any time. */
export const podMtu = (nodeMtu: number): number => nodeMtu - TUNNEL_OVERHEAD;

/** Lines for `ip -batch` that bring the bridge up with the node's address in the range. Made or not before, it is so after. */
export function bridgeLines(podCidr: PodCidr, mtu: number, exists: boolean): string[] {
  return [
    // Of its own: it would else be that of one of its ports, and change with them.
    ...(exists ? [] : [`link add ${BRIDGE} address ${hardwareAddress(gatewayAddress(podCidr))} type bridge`]),
    `link set ${BRIDGE} mtu ${mtu} up`,
    `address replace ${gatewayAddress(podCidr)}/${podCidr.length} dev ${BRIDGE}`,
  ];
}

/** As `bridgeLines`, for the tunnel. It learns nothing from what comes: it is told where everybody is. */
export function tunnelLines(podCidr: PodCidr, nodeIp: string, mtu: number): string[] {
  return [
    `link add ${TUNNEL} address ${hardwareAddress(nodeIp)} type vxlan id 1 local ${nodeIp} dstport ${TUNNEL_PORT} nolearning`,
    `link set ${TUNNEL} mtu ${mtu} up`,
    `address replace ${networkAddress(podCidr)}/32 dev ${TUNNEL}`,
  ];
}

/** Lines for `ip -batch`: the routes to all peers, and who has which hardware address in the tunnel. */
export function routeLines(peers: readonly PeerWay[]): string[] {
  return peers.flatMap(({ podCidr, nodeIp, onLink }) => {
    const route = `route replace ${podCidr.text} proto ${ROUTE_PROTOCOL}`;
    if (onLink !== undefined) return [`${route} via ${nodeIp} dev ${onLink}`];
    const gateway = networkAddress(podCidr);
    return [
      `neighbour replace ${gateway} lladdr ${hardwareAddress(nodeIp)} dev ${TUNNEL} nud permanent`,
      `${route} via ${gateway} dev ${TUNNEL} onlink`,
    ];
  });
}

/** Lines for `bridge -batch`: behind which node each hardware address is. */
export function forwardingLines(peers: readonly PeerWay[]): string[] {
  return peers
    .filter(({ onLink }) => onLink === undefined)
    .map(({ nodeIp }) => `fdb replace ${hardwareAddress(nodeIp)} dev ${TUNNEL} dst ${nodeIp} self permanent`);
}
