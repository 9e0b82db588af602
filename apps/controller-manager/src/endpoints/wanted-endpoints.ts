import type { EndpointAddress, EndpointSubset, Pod, Service } from '@hawser/api';
import { repackSubsets } from './repack-subsets.ts';
import { addressOf, hostnameFor, isReady, isTerminating } from './service-pods.ts';
import { portsOf, type ResolvedPort } from './service-ports.ts';
import { familiesOf } from './wanted-slices.ts';

/** So many addresses an Endpoints object holds at most. */
export const MAX_ADDRESSES = 1000;

/** What an Endpoints object is to hold of a Service's pods (`pkg/controller/endpoint` syncService). */
export function wantedSubsets(service: Service, pods: readonly Pod[]): EndpointSubset[] {
  const [family] = familiesOf(service);
  const publish = service.spec?.publishNotReadyAddresses === true;
  const withoutPorts = (service.spec?.ports ?? []).length === 0;
  const subsets = pods.flatMap((pod): EndpointSubset[] => {
    const ip = addressOf(pod, family!);
    if (ip === undefined || (isTerminating(pod) && !publish)) return [];
    const ports = portsOf(service, pod);
    if (ports.length === 0 && !(withoutPorts && service.spec?.clusterIP === 'None')) return [];
    const field = publish || isReady(pod) ? 'addresses' : 'notReadyAddresses';
    return [
      {
        [field]: [addressFor(service, pod, ip)],
        ...(ports.length > 0 ? { ports: ports.map(endpointPort) } : {}),
      },
    ];
  });
  return repackSubsets(subsets);
}

/** An empty name is left out of an Endpoints object, unlike a slice's. */
function endpointPort({ name, ...port }: ResolvedPort) {
  return name === '' ? port : { name, ...port };
}

function addressFor(service: Service, pod: Pod, ip: string): EndpointAddress {
  const hostname = hostnameFor(pod, service);
  const { nodeName } = pod.spec;
  const { namespace, name, uid } = pod.metadata;
  return {
    ip,
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName ? { nodeName } : {}),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
}

/**
 * Cuts subsets down to what an object may hold: those that are not ready first, from each subset by its share.
 * @returns the subsets, and whether something was left out.
 */
export function truncateSubsets(
  subsets: readonly EndpointSubset[],
  max = MAX_ADDRESSES,
): { subsets: EndpointSubset[]; truncated: boolean } {
  const count = (field: 'addresses' | 'notReadyAddresses') =>
    subsets.reduce((sum, subset) => sum + (subset[field]?.length ?? 0), 0);
  const [ready, notReady] = [count('addresses'), count('notReadyAddresses')];
  if (ready + notReady <= max) return { subsets: [...subsets], truncated: false };
  const onlyReady = ready > max;
  const room = onlyReady ? max : max - ready;
  const field = onlyReady ? 'addresses' : 'notReadyAddresses';
  let left = room;
  const cut = subsets.map(({ addresses = [], notReadyAddresses = [], ports }) => {
    const own = { addresses, notReadyAddresses: onlyReady ? [] : notReadyAddresses };
    const share = Math.min(left, Math.ceil((own[field].length / count(field)) * room));
    left -= share;
    own[field] = own[field].slice(0, share);
    return {
      ...(own.addresses.length > 0 ? { addresses: own.addresses } : {}),
      ...(own.notReadyAddresses.length > 0 ? { notReadyAddresses: own.notReadyAddresses } : {}),
      ...(ports === undefined ? {} : { ports }),
    };
  });
  return {
    subsets: cut.filter(({ addresses, notReadyAddresses }) => addresses ?? notReadyAddresses),
    truncated: true,
  };
}
