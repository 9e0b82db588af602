import { type Service, services } from '@hawser/api';
import { type AddressRange, allocationsOf, type PortRange } from '@hawser/registry';

/** What is wrong with what a stored Service holds. */
export interface AllocationFault {
  readonly service: Service;
  /** Upstream's reasons of its repair loops. */
  readonly reason:
    | 'ClusterIPAlreadyAllocated'
    | 'ClusterIPOutOfRange'
    | 'PortAlreadyAllocated'
    | 'PortOutOfRange';
  readonly message: string;
}

/**
 * Finds what an allocator cannot put right: addresses and ports that two Services have, or that are outside the
 * ranges, as after a change of the flags or a restored store (ipallocator/controller and
 * portallocator/controller `RunOnce`). Nothing can be lost: what is taken is what is stored.
 * @param all oldest first: of two that share something, the later one is at fault.
 */
export function allocationFaults(
  all: readonly Service[],
  ranges: { readonly addresses: AddressRange; readonly ports: PortRange },
): AllocationFault[] {
  const faults: AllocationFault[] = [];
  const seen = new Set<string | number>();
  for (const service of all) {
    const { addresses, ports } = allocationsOf(service.spec ?? {});
    const note = (reason: AllocationFault['reason'], message: string) =>
      faults.push({ service, reason, message });
    for (const address of addresses)
      if (!ranges.addresses.contains(address))
        note(
          'ClusterIPOutOfRange',
          `Cluster IP [IPv4]: ${address} is not within any configured Service CIDR; please recreate service`,
        );
      else if (seen.has(address))
        note(
          'ClusterIPAlreadyAllocated',
          `Cluster IP [IPv4]: ${address} was assigned to multiple services; please recreate service`,
        );
    for (const port of ports)
      if (!ranges.ports.contains(port))
        note(
          'PortOutOfRange',
          `Port ${port} is not within the port range ${ranges.ports.text}; please recreate service`,
        );
      else if (seen.has(port))
        note(
          'PortAlreadyAllocated',
          `Port ${port} was assigned to multiple services; please recreate service`,
        );
    for (const held of [...addresses, ...ports]) seen.add(held);
  }
  return faults;
}

/** Oldest first, as `allocationFaults` takes them. */
export function byAge(all: readonly Service[]): Service[] {
  const key = ({ metadata }: Service) =>
    `${metadata.creationTimestamp} ${metadata.namespace}/${metadata.name}`;
  return all.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** The component that reports a fault, as upstream's. */
export function reporterOf({ reason }: AllocationFault): string {
  return reason.startsWith('Port') ? 'portallocator-repair-controller' : 'ipallocator-repair-controller';
}

export const SERVICE_REFERENCE = { kind: services.kind, apiVersion: services.apiVersion };
