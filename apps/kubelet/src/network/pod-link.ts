import { BRIDGE } from './link-lines.ts';
import { hardwareAddress } from './pod-cidr.ts';

/** The pod's end of its link. */
const POD_DEVICE = 'eth0';

/** The node's end of a sandbox's link; names of links have at most 15 characters. */
export const linkName = (sandboxId: string): string => `veth${sandboxId.slice(0, 11)}`;

/**
 * Lines for `ip -batch` on the node: a link from the bridge into the namespace of a process. Where the kernel has its
 * bridges obey packet filters (br_netfilter), an address of a Service is translated on the bridge, and what comes
 * back to the pod that asked leaves by the port on which it came (hairpin). The pod's hardware address follows from
 * its address: who remembers it of an earlier pod with that address is not wrong.
 */
export function linkLines(link: string, pid: number, ip: string, mtu: number): string[] {
  return [
    `link add ${link} mtu ${mtu} type veth peer name ${POD_DEVICE} address ${hardwareAddress(ip)} mtu ${mtu} netns ${pid}`,
    ...joinLines(link),
  ];
}

/** Lines that join a link to the bridge. */
export function joinLines(link: string): string[] {
  return [
    `link set ${link} master ${BRIDGE}`,
    `link set ${link} type bridge_slave hairpin on`,
    `link set ${link} up`,
  ];
}

/**
 * Lines for `ip -batch` in the pod's namespace: an address by itself, and the node as the way to everything else, to pods
 * of the same node, too: addresses of Services are translated there on the way, and back.
 */
export function podLines(address: string, gateway: string): string[] {
  return [
    'link set lo up',
    `address add ${address}/32 dev ${POD_DEVICE}`,
    `link set ${POD_DEVICE} up`,
    `route add ${gateway} dev ${POD_DEVICE} scope link`,
    `route add default via ${gateway} dev ${POD_DEVICE}`,
  ];
}

/**
 * Settings of the pod's namespace, before its device is up: the node is the only way, whatever a redirect says; there
 * is no IPv6 beyond loopback; and any user may listen on low ports, which are nobody else's (as under containerd).
 */
export const POD_SETTINGS: Readonly<Record<string, string>> = {
  'ipv4/conf/all/accept_redirects': '0',
  'ipv4/conf/eth0/accept_redirects': '0',
  'ipv6/conf/eth0/disable_ipv6': '1',
  'ipv4/ip_unprivileged_port_start': '0',
};
