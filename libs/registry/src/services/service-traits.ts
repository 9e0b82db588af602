import { isDeepStrictEqual } from 'node:util';
import type { Service, ServiceSpec } from '@hawser/api';

/** A Service as the generic machinery hands it over. */
export type ServiceObject = Service & Record<string, unknown>;
type Spec = ServiceSpec;

/** The address of a Service that has none, on purpose. */
export const NONE = 'None';

/** What follows from a Service's type and policies (kubernetes/pkg/api/service). */

export const isHeadless = ({ clusterIPs }: Spec) => clusterIPs?.length === 1 && clusterIPs[0] === NONE;

export const needsClusterIP = ({ type }: Spec) => type !== 'ExternalName';

export const needsNodePort = ({ type }: Spec) => type === 'NodePort' || type === 'LoadBalancer';

export const isExternallyAccessible = (spec: Spec) =>
  needsNodePort(spec) || (spec.type === 'ClusterIP' && (spec.externalIPs ?? []).length > 0);

/** A load balancer that sends only to nodes with local pods has to ask which these are. */
export const needsHealthCheck = ({ type, externalTrafficPolicy }: Spec) =>
  type === 'LoadBalancer' && externalTrafficPolicy === 'Local';

export const allocatesNodePorts = ({ type, allocateLoadBalancerNodePorts }: Spec) =>
  type === 'NodePort' || (type === 'LoadBalancer' && allocateLoadBalancerNodePorts !== false);

/** The node ports that a spec names, each once. */
export function nodePortsOf({ ports = [] }: Spec): Set<number> {
  return new Set(ports.flatMap(({ nodePort }) => nodePort || []));
}

/** Whether two specs agree in a field, absence and emptiness being the same. */
export function sameField(one: Spec, other: Spec, field: keyof Spec): boolean {
  return isDeepStrictEqual(emptyAsAbsent(one[field]), emptyAsAbsent(other[field]));
}

function emptyAsAbsent(value: unknown): unknown {
  return (Array.isArray(value) && value.length === 0) || value === '' ? undefined : value;
}
