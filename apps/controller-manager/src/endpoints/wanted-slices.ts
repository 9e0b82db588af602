import type {
  DiscoveryEndpointPort,
  Endpoint,
  EndpointHints,
  EndpointSlice,
  Node,
  Pod,
  Service,
} from '@hawser/api';
import { type AddressFamily, addressOf, hostnameFor, isReady, isTerminating } from './service-pods.ts';
import { portsOf } from './service-ports.ts';

/** Endpoints that have their address family and their ports in common. */
export interface EndpointGroup {
  readonly addressType: string;
  readonly ports: DiscoveryEndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

export interface WantedSlices {
  readonly groups: readonly EndpointGroup[];
  /** Pods that were left out since their node is not known (yet). */
  readonly withoutNode: readonly string[];
}

/** The label by which a node says where it is. */
export const ZONE = 'topology.kubernetes.io/zone';

/** The families in which a Service has endpoints. */
export function familiesOf({ spec }: Service): AddressFamily[] {
  const families = (spec?.ipFamilies ?? []) as AddressFamily[];
  return families.length > 0 ? families : ['IPv4'];
}

/** Identifies a group: the same family and ports. */
export function groupKey({ addressType, ports = [] }: Pick<EndpointSlice, 'addressType' | 'ports'>): string {
  const each = ports.map(({ name = '', protocol = 'TCP', port, appProtocol }) =>
    JSON.stringify([name, protocol, port ?? null, appProtocol ?? null]),
  );
  return `${addressType} ${each.toSorted().join(' ')}`;
}

/**
 * What the slices of a Service are to hold (k8s.io/endpointslice `reconcileByAddressType`).
 * @param nodeOf the nodes that are known, by name.
 */
export function wantedSlices(
  service: Service,
  pods: readonly Pod[],
  nodeOf: (name: string) => Node | undefined,
): WantedSlices {
  const groups = new Map<string, EndpointGroup & { endpoints: Endpoint[] }>();
  const withoutNode: string[] = [];
  for (const pod of pods)
    for (const addressType of familiesOf(service)) {
      const address = addressOf(pod, addressType);
      if (address === undefined) continue;
      const node = nodeOf(pod.spec.nodeName ?? '');
      if (node === undefined && pod.spec.nodeName && !service.spec?.publishNotReadyAddresses) {
        withoutNode.push(pod.metadata.name);
        continue;
      }
      const group = { addressType, ports: portsOf(service, pod), endpoints: [] };
      const key = groupKey(group);
      if (!groups.has(key)) groups.set(key, group);
      groups.get(key)!.endpoints.push(endpointOf(service, pod, address, node));
    }
  return { groups: [...groups.values()], withoutNode };
}

function endpointOf(service: Service, pod: Pod, address: string, node: Node | undefined): Endpoint {
  const serving = isReady(pod);
  const terminating = isTerminating(pod);
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating);
  const hostname = hostnameFor(pod, service);
  const { nodeName } = pod.spec;
  const zone = node?.metadata.labels?.[ZONE];
  const hints = ready ? hintsFor(service, nodeName, zone) : undefined;
  const { namespace, name, uid } = pod.metadata;
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname === undefined ? {} : { hostname }),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(nodeName ? { nodeName } : {}),
    ...(zone === undefined ? {} : { zone }),
    ...(hints === undefined ? {} : { hints }),
  };
}

/** Who shall use an endpoint, where the Service prefers nearby ones (k8s.io/endpointslice/trafficdist). */
function hintsFor(
  { spec }: Service,
  nodeName: string | undefined,
  zone: string | undefined,
): EndpointHints | undefined {
  const forZones = zone === undefined ? {} : { forZones: [{ name: zone }] };
  switch (spec?.trafficDistribution) {
    case 'PreferClose':
    case 'PreferSameZone':
      return zone === undefined ? undefined : forZones;
    case 'PreferSameNode':
      return nodeName ? { ...forZones, forNodes: [{ name: nodeName }] } : undefined;
    default:
      return undefined;
  }
}
