import { endpointKey } from '../services/endpoint.ts';
import type { WantedPort } from '../services/wanted-services.ts';

/** What the kernel remembers of datagrams between two sockets. */
export interface Flow {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Who answers: where they were sent to. */
  readonly answerer: string;
  readonly answererPort: number;
}

/**
 * Which flows lead where they should not any more: the kernel sends what belongs to a flow where its first datagram
 * went, for as long as there are more, be the endpoint gone or have there been none then (pkg/proxy/conntrack).
 * TCP needs no such care: who is gone does not answer, and a new connection is a new one.
 * @param nodePortAddresses where node ports are served.
 */
export function staleFlows(
  flows: readonly Flow[],
  ports: readonly WantedPort[],
  nodePortAddresses: readonly string[],
): Flow[] {
  const byAddress = servingByAddress(ports, nodePortAddresses);
  return flows.filter((flow) => {
    const serving = byAddress.get(endpointKey({ ip: flow.destination, port: flow.destinationPort }));
    return serving !== undefined && !serving.has(endpointKey({ ip: flow.answerer, port: flow.answererPort }));
  });
}

/** Who may answer at each address of a UDP port. Those who still serve may go on, chosen for new flows or not. */
function servingByAddress(
  ports: readonly WantedPort[],
  nodePortAddresses: readonly string[],
): Map<string, ReadonlySet<string>> {
  const found = new Map<string, ReadonlySet<string>>();
  for (const port of ports) {
    if (port.protocol !== 'UDP') continue;
    const serving = new Set(port.endpoints.serving.map(endpointKey));
    for (const ip of [port.clusterIP, ...port.externalIPs, ...port.loadBalancerIPs])
      found.set(endpointKey({ ip, port: port.port }), serving);
    if (port.nodePort === 0) continue;
    for (const ip of nodePortAddresses) found.set(endpointKey({ ip, port: port.nodePort }), serving);
  }
  return found;
}
