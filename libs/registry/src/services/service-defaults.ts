import type { ServiceSpec, ServiceStatus } from '@hawser/api';
import { isExternallyAccessible, needsNodePort } from './service-traits.ts';

/** How long a client stays with a pod where nobody says so: three hours. */
const AFFINITY_SECONDS = 10_800;

/** Fills in what depends on other fields (core/v1 `SetDefaults_Service`), in place. */
export function defaultServiceSpec(spec: ServiceSpec): void {
  spec.type ||= 'ClusterIP';
  spec.sessionAffinity ||= 'None';
  defaultAffinity(spec);
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    port.targetPort ||= port.port;
  }
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ||= 'Cluster';
  if (spec.type === 'ClusterIP' || needsNodePort(spec)) spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
}

function defaultAffinity(spec: ServiceSpec): void {
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  else if (spec.sessionAffinity === 'ClientIP') {
    spec.sessionAffinityConfig ??= {};
    spec.sessionAffinityConfig.clientIP ??= {};
    spec.sessionAffinityConfig.clientIP.timeoutSeconds ??= AFFINITY_SECONDS;
  }
}

/** A load balancer's address is virtual unless it says otherwise. */
export function defaultServiceStatus(status: ServiceStatus): void {
  for (const ingress of status.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
}
