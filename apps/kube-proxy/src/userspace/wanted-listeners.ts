import { endpointKey, portKey } from '../services/endpoint.ts';
import type { Protocol } from '../services/service-port.ts';
import { externalDisposition, internalDisposition, type WantedPort } from '../services/wanted-services.ts';
import type { Entrance } from './port-balancer.ts';

/** An address and port at which to take what is for a Service's port. */
export interface WantedListener {
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly entrance: Entrance;
  /** `portKey` of the Service's port. */
  readonly owner: string;
  /** Who may come by it; everybody if empty. */
  readonly sourceRanges: readonly string[];
}

/** What userspace mode is to have on this node. */
export interface WantedNode {
  /** Addresses to own, with listeners or without: a client of a port that nobody serves is refused by the kernel. */
  readonly addresses: ReadonlySet<string>;
  /** By protocol, address and port. */
  readonly listeners: ReadonlyMap<string, WantedListener>;
}

/** Where to listen for these ports; of two that claim an address and port the first has it. */
export function wantedNode(ports: readonly WantedPort[], nodePortAddresses: readonly string[]): WantedNode {
  const addresses = new Set<string>();
  const listeners = new Map<string, WantedListener>();
  for (const wanted of ports) {
    const { externalIPs, loadBalancerIPs, loadBalancerSourceRanges } = wanted;
    for (const address of [wanted.clusterIP, ...externalIPs, ...loadBalancerIPs]) addresses.add(address);
    const { service, portName, protocol, nodePort } = wanted;
    const owner = portKey(service, portName, protocol);
    const listen = (
      address: string,
      port: number,
      entrance: Entrance,
      sourceRanges: readonly string[] = [],
    ) => {
      const key = `${protocol} ${endpointKey({ ip: address, port })}`;
      if (!listeners.has(key)) listeners.set(key, { address, port, protocol, entrance, owner, sourceRanges });
    };
    const { to } = internalDisposition(wanted);
    if (to === 'cluster' || to === 'local') listen(wanted.clusterIP, wanted.port, 'internal');
    // Where only the policy is in the way local clients are served nevertheless.
    if (externalDisposition(wanted).to === 'reject') continue;
    for (const address of externalIPs) listen(address, wanted.port, 'external');
    for (const address of loadBalancerIPs) listen(address, wanted.port, 'external', loadBalancerSourceRanges);
    if (nodePort !== 0) for (const address of nodePortAddresses) listen(address, nodePort, 'external');
  }
  return { addresses, listeners };
}
