import type { EndpointAddress, EndpointPort, EndpointSubset } from '@hawser/api';

/**
 * Brings subsets to their one form: addresses with the same ports stand together, each once, sorted (upstream's
 * `RepackSubsets`). An address that is ready for a port anywhere is ready for it.
 */
export function repackSubsets(subsets: readonly EndpointSubset[]): EndpointSubset[] {
  const byAddress = new Map<
    string,
    { address: EndpointAddress; ready: boolean; ports: Map<string, EndpointPort> }
  >();
  const take = (addresses: readonly EndpointAddress[], ports: readonly EndpointPort[], ready: boolean) => {
    for (const address of addresses) {
      const key = addressKey(address);
      const known = byAddress.get(key) ?? { address, ready: false, ports: new Map() };
      known.ready ||= ready;
      for (const port of ports) known.ports.set(portKey(port), port);
      byAddress.set(key, known);
    }
  };
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    take(addresses, ports, true);
    take(notReadyAddresses, ports, false);
  }
  const groups = Map.groupBy(byAddress.values(), ({ ports }) => [...ports.keys()].sort().join(' '));
  return [...groups]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, members]) => {
      const of = (ready: boolean) =>
        members.filter((member) => member.ready === ready).map(({ address }) => address);
      const ports = [...members[0]!.ports].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, port]) => port);
      const [addresses, notReadyAddresses] = [of(true).toSorted(byIp), of(false).toSorted(byIp)];
      return {
        ...(addresses.length > 0 ? { addresses } : {}),
        ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
        ...(ports.length > 0 ? { ports } : {}),
      };
    });
}

/** Two pods may share an address, on a node's own network. */
const addressKey = ({ ip, targetRef }: EndpointAddress) => `${ip} ${targetRef?.uid ?? ''}`;

const portKey = ({ name = '', protocol = 'TCP', port }: EndpointPort) =>
  JSON.stringify([name, protocol, port]);

function byIp(a: EndpointAddress, b: EndpointAddress): number {
  return addressKey(a) < addressKey(b) ? -1 : 1;
}
