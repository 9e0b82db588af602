import { isIPv4 } from 'node:net';
import type { Endpoint, EndpointAddress, EndpointSubset, Endpoints, Service } from '@hawser/api';
import { isOfLeaders, MANAGED_BY, SERVICE_NAME, SKIP_MIRROR } from './slice-metadata.ts';
import { TRIGGER_TIME } from './trigger-times.ts';
import { type EndpointGroup, groupKey } from './wanted-slices.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Whether slices are to be made of an Endpoints object: of those that people write for a Service without selector. */
export function isMirrored(object: Endpoints | undefined, service: Service | undefined): object is Endpoints {
  if (object === undefined || service?.spec?.selector !== undefined || service === undefined) return false;
  return object.metadata.labels?.[SKIP_MIRROR] !== 'true' && !isOfLeaders(object);
}

/**
 * What the slices of an Endpoints object are to hold (`pkg/controller/endpointslicemirroring`).
 * @param maxPerSubset how many addresses of a subset are mirrored.
 */
export function mirroredGroups({ subsets = [] }: Endpoints, maxPerSubset: number): EndpointGroup[] {
  const groups = new Map<string, EndpointGroup & { endpoints: Endpoint[] }>();
  for (const subset of subsets)
    for (const { address, ready } of addressesOf(subset).slice(0, maxPerSubset)) {
      const group = {
        addressType: isIPv4(address.ip) ? 'IPv4' : 'IPv6',
        ports: portsOf(subset),
        endpoints: [],
      };
      const key = groupKey(group);
      if (!groups.has(key)) groups.set(key, group);
      groups.get(key)!.endpoints.push(endpointOf(address, ready));
    }
  return [...groups.values()];
}

/** The labels of mirrored slices: those of the Endpoints, and what says whose they are. */
export function mirrorLabels({ metadata }: Endpoints, managedBy: string): Record<string, string> {
  return { ...metadata.labels, [SERVICE_NAME]: metadata.name, [MANAGED_BY]: managedBy };
}

/** Annotations that speak of the Endpoints object itself stay with it. */
export function mirrorAnnotations({ metadata }: Endpoints): Record<string, string> {
  const { [TRIGGER_TIME]: _, [LAST_APPLIED]: __, ...annotations } = metadata.annotations ?? {};
  return annotations;
}

function addressesOf({ addresses = [], notReadyAddresses = [] }: EndpointSubset) {
  return [
    ...addresses.map((address) => ({ address, ready: true })),
    ...notReadyAddresses.map((address) => ({ address, ready: false })),
  ];
}

function portsOf({ ports = [] }: EndpointSubset) {
  return ports.map(({ name = '', protocol = 'TCP', port, appProtocol }) => ({
    name,
    protocol,
    port,
    ...(appProtocol === undefined ? {} : { appProtocol }),
  }));
}

function endpointOf({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(targetRef === undefined ? {} : { targetRef }),
  };
}
