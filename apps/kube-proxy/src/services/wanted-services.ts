import type { EndpointSlice, Service } from '@hawser/api';
import { type ChosenEndpoints, chooseEndpoints, type NodePlace } from './choose-endpoints.ts';
import { endpointsByPort, portKey } from './endpoint.ts';
import type { IpFamily } from './ip-family.ts';
import { type ServicePort, servicePortsOf } from './service-port.ts';

/** A port and where its traffic goes from this node. */
export interface WantedPort extends ServicePort {
  readonly endpoints: ChosenEndpoints;
}

/** What becomes of new connections to an address of a port. */
export type Disposition =
  | { readonly to: 'cluster' | 'local' }
  /** There is no endpoint anywhere: the client hears so at once. */
  | { readonly to: 'reject' }
  /** There are endpoints, but the policy allows none of them: somebody else may answer. */
  | { readonly to: 'drop' };

/** What is seen of the cluster. */
export interface SeenCluster {
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  readonly node: NodePlace;
}

/** What is to be served on this node in one family, in a fixed order. A pure function of what is seen. */
export function wantedServices({ services, slices, node }: SeenCluster, family: IpFamily): WantedPort[] {
  const endpoints = endpointsByPort(slices, family, node.name);
  return services
    .flatMap((service) => servicePortsOf(service, family))
    .map((port) => {
      const known = endpoints.get(portKey(port.service, port.portName, port.protocol)) ?? [];
      return { ...port, endpoints: chooseEndpoints(port, known, node) };
    })
    .sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

const sortKey = ({ service, portName, protocol }: ServicePort): string =>
  portKey(service, portName, protocol);

/** What becomes of traffic to the ClusterIP. */
export function internalDisposition({ internalPolicyLocal, endpoints }: WantedPort): Disposition {
  return disposition(internalPolicyLocal, endpoints);
}

/** What becomes of traffic from elsewhere to the node port, external and load balancer addresses. */
export function externalDisposition({ externalPolicyLocal, endpoints }: WantedPort): Disposition {
  return disposition(externalPolicyLocal, endpoints);
}

function disposition(isLocal: boolean, { cluster, local, any }: ChosenEndpoints): Disposition {
  if (!any) return { to: 'reject' };
  const chosen = isLocal ? local : cluster;
  if (chosen.length === 0) return { to: isLocal ? 'drop' : 'reject' };
  return { to: isLocal ? 'local' : 'cluster' };
}
