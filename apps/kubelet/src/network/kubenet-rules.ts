import { isIPv4 } from 'node:net';
import type { PortMapping } from '../container-runtime/container-runtime.ts';
import { BRIDGE, TUNNEL_PORT } from './link-lines.ts';
import type { PeerRoute } from './plan-routes.ts';
import type { PodCidr } from './pod-cidr.ts';

/** The kubelet's own table of nftables; nothing else of the node's rules is touched. */
export const TABLE = 'hawser-kubenet';

export interface RuleFacts {
  readonly podCidr: PodCidr;
  readonly peers: readonly PeerRoute[];
  /** The ports of the node that lead to pods. */
  readonly hostPorts: readonly { readonly podIp: string; readonly mapping: PortMapping }[];
}

/**
 * What nft is told, in one transaction that replaces what was there. Traffic of pods leaves the cluster with the
 * node's address; tunnelled traffic is taken from nodes only, since whoever sends it speaks as a pod. So pods send none:
 * it would arrive with their node's address.
 */
export function kubenetRules({ podCidr, peers, hostPorts }: RuleFacts): string {
  const ranges = [podCidr, ...peers.map((peer) => peer.podCidr)].map(({ text }) => text);
  const nodes = peers.map(({ nodeIp }) => nodeIp);
  return `${REMOVAL}
table ip ${TABLE} {
  set pod-ranges {
    type ipv4_addr
    flags interval
    elements = { ${ranges.join(', ')} }
  }
  set nodes {
    type ipv4_addr
    ${nodes.length > 0 ? `elements = { ${[...new Set(nodes)].join(', ')} }` : ''}
  }
  chain host-ports {
${hostPorts
  .filter(isWritable)
  .map((port) => `    ${destinationRule(port)}\n`)
  .join('')}  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept
    fib daddr type local jump host-ports
  }
  chain output {
    type nat hook output priority -100; policy accept
    fib daddr type local jump host-ports
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept
${hairpinRules(hostPorts)}    ip saddr ${podCidr.text} ip daddr != @pod-ranges ip daddr != 224.0.0.0/4 masquerade
  }
  chain input {
    type filter hook input priority filter; policy accept
    udp dport ${TUNNEL_PORT} ip saddr != @nodes drop
  }
  chain forward {
    type filter hook forward priority filter; policy accept
    iifname "${BRIDGE}" udp dport ${TUNNEL_PORT} drop
  }
}
`;
}

/** Takes the table away, whether it is there or not. */
export const REMOVAL = `table ip ${TABLE}
delete table ip ${TABLE}
`;

/** What is no address does not get into nft's commands, whoever has let it through. */
const isWritable = ({ mapping: { hostIp } }: RuleFacts['hostPorts'][number]): boolean =>
  hostIp === undefined || isIPv4(hostIp);

function destinationRule({ podIp, mapping }: RuleFacts['hostPorts'][number]): string {
  const { protocol, hostPort, containerPort, hostIp } = mapping;
  const address = hostIp === undefined ? '' : `ip daddr ${hostIp} `;
  return `${address}${protocol.toLowerCase()} dport ${hostPort} dnat to ${podIp}:${containerPort}`;
}

/** A pod that reaches itself through a port of the node would be answered by itself, past the node. */
function hairpinRules(hostPorts: RuleFacts['hostPorts']): string {
  const addresses = new Set(hostPorts.map(({ podIp }) => podIp));
  return [...addresses].map((ip) => `    ip saddr ${ip} ip daddr ${ip} masquerade\n`).join('');
}
