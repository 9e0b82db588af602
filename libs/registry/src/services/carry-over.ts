import { isDeepStrictEqual } from 'node:util';
import type { ServiceSpec } from '@hawser/api';
import { needsClusterIP, needsHealthCheck, needsNodePort, nodePortsOf, sameField } from './service-traits.ts';

/**
 * Puts back what was allocated for a Service and what a client that sends its own manifest again does not know
 * (upstream's `patchAllocatedValues`), in place.
 */
export function patchAllocatedValues(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIP(old) && needsClusterIP(spec)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP;
    if (!spec.clusterIPs?.length && old.clusterIPs?.length) spec.clusterIPs = [...old.clusterIPs];
  }
  if (needsNodePort(old) && needsNodePort(spec)) patchNodePorts(spec, old);
  if (needsHealthCheck(old) && needsHealthCheck(spec) && !spec.healthCheckNodePort && old.healthCheckNodePort)
    spec.healthCheckNodePort = old.healthCheckNodePort;
}

/** A port keeps its node port by its name, unless the new spec gives that to another port. */
function patchNodePorts(spec: ServiceSpec, old: ServiceSpec): void {
  const kept = nodePortsOf(old).intersection(nodePortsOf(spec));
  const byName = new Map((old.ports ?? []).map(({ name = '', nodePort }) => [name, nodePort]));
  for (const port of spec.ports ?? []) {
    if (port.nodePort) continue;
    const before = byName.get(port.name ?? '');
    if (before && !kept.has(before)) port.nodePort = before;
  }
}

/** Brings `clusterIP` and `clusterIPs` together where a client has set one only, in place. */
export function normalizeClusterIPs(spec: ServiceSpec, old: ServiceSpec | undefined): void {
  if (old === undefined) {
    if (spec.clusterIP && !spec.clusterIPs?.length) spec.clusterIPs = [spec.clusterIP];
    return;
  }
  const { clusterIP = '' } = spec;
  const before = old.clusterIP ?? '';
  if (old.clusterIPs?.length && !spec.clusterIPs?.length && clusterIP === before)
    spec.clusterIPs = [...old.clusterIPs];
  if (clusterIP === before || !sameField(spec, old, 'clusterIPs')) return;
  if (before !== '' && clusterIP === '') delete spec.clusterIPs;
  else spec.clusterIPs = [clusterIP];
}

/**
 * Takes out what the new type has no use for and the client has not touched (upstream's
 * `dropTypeDependentFields`), in place. What the client did change is left for validation to refuse.
 */
export function dropTypeDependentFields(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIP(old) && !needsClusterIP(spec)) {
    if (sameField(spec, old, 'clusterIPs')) dropFields(spec, ['clusterIP', 'clusterIPs']);
    dropUntouched(spec, old, ['ipFamilies', 'ipFamilyPolicy']);
  }
  if (needsNodePort(old) && !needsNodePort(spec)) {
    if (nodePortsOf(spec).isSubsetOf(nodePortsOf(old)))
      for (const port of spec.ports ?? []) delete port.nodePort;
    dropUntouched(spec, old, ['externalTrafficPolicy']);
  }
  if (needsHealthCheck(old) && !needsHealthCheck(spec)) dropUntouched(spec, old, ['healthCheckNodePort']);
  if (old.type === 'LoadBalancer' && spec.type !== 'LoadBalancer')
    dropUntouched(spec, old, ['allocateLoadBalancerNodePorts', 'loadBalancerClass']);
}

function dropUntouched(spec: ServiceSpec, old: ServiceSpec, fields: readonly (keyof ServiceSpec)[]): void {
  dropFields(
    spec,
    fields.filter((field) => isDeepStrictEqual(spec[field], old[field])),
  );
}

function dropFields(spec: ServiceSpec, fields: readonly (keyof ServiceSpec)[]): void {
  for (const field of fields) delete spec[field];
}
