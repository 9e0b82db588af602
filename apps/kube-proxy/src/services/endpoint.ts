import { isIPv6 } from 'node:net';
import type { Endpoint as DiscoveryEndpoint, EndpointSlice } from '@hawser/api';
import { type IpFamily, isOfFamily } from './ip-family.ts';
import type { Protocol } from './service-port.ts';

/** Where connections to a Service's port may be sent. */
export interface Endpoint {
  readonly ip: string;
  readonly port: number;
  readonly isReady: boolean;
  readonly isServing: boolean;
  readonly isTerminating: boolean;
  /** Whether it is on this node. */
  readonly isLocal: boolean;
  readonly zoneHints: readonly string[];
  readonly nodeHints: readonly string[];
}

const SERVICE_LABEL = 'kubernetes.io/service-name';

/** `10.0.0.1:80`, `[fd00::1]:80`: an endpoint of a port is known by it. */
export function endpointKey({ ip, port }: Pick<Endpoint, 'ip' | 'port'>): string {
  return isIPv6(ip) ? `[${ip}]:${port}` : `${ip}:${port}`;
}

/** Under which endpoints of a Service's port are found. */
export function portKey(service: string, portName: string, protocol: Protocol): string {
  return `${service}:${portName}:${protocol}`;
}

/** The Service that a slice belongs to, `namespace/name`; undefined if it says none. */
export function serviceOf(slice: EndpointSlice): string | undefined {
  const name = slice.metadata.labels?.[SERVICE_LABEL];
  return name ? `${slice.metadata.namespace}/${name}` : undefined;
}

/**
 * The endpoints of all slices by `portKey`, each address and port once and in a fixed order
 * (pkg/proxy `EndpointSliceCache`). A port without a number, which means all, is not served; nor is an endpoint
 * without an address of the family.
 */
export function endpointsByPort(
  slices: readonly EndpointSlice[],
  family: IpFamily,
  nodeName: string,
): Map<string, Endpoint[]> {
  const found = new Map<string, Map<string, Endpoint>>();
  for (const slice of slices) {
    const service = serviceOf(slice);
    if (service === undefined || slice.addressType !== family) continue;
    for (const { name, port, protocol } of slice.ports ?? []) {
      if (!port) continue;
      const key = portKey(service, name ?? '', (protocol ?? 'TCP') as Protocol);
      if (!found.has(key)) found.set(key, new Map());
      for (const endpoint of slice.endpoints ?? [])
        addEndpoint(found.get(key)!, endpoint, port, { family, nodeName });
    }
  }
  return new Map([...found].map(([key, endpoints]) => [key, inOrder([...endpoints.values()])]));
}

function addEndpoint(
  found: Map<string, Endpoint>,
  { addresses, conditions, nodeName, hints }: DiscoveryEndpoint,
  port: number,
  self: { readonly family: IpFamily; readonly nodeName: string },
): void {
  const ip = addresses?.[0];
  if (ip === undefined || !isOfFamily(ip, self.family)) return;
  const isLocal = nodeName === self.nodeName;
  const key = endpointKey({ ip, port });
  // While an endpoint moves from one slice to another both have it.
  if (found.has(key) && !isLocal) return;
  found.set(key, {
    ip,
    port,
    // What is unknown counts as good (discovery/v1 `EndpointConditions`).
    isReady: conditions?.ready ?? true,
    isServing: conditions?.serving ?? true,
    isTerminating: conditions?.terminating ?? false,
    isLocal,
    zoneHints: (hints?.forZones ?? []).map(({ name }) => name!),
    nodeHints: (hints?.forNodes ?? []).map(({ name }) => name!),
  });
}

function inOrder(endpoints: Endpoint[]): Endpoint[] {
  return endpoints.sort((a, b) => (endpointKey(a) < endpointKey(b) ? -1 : 1));
}
