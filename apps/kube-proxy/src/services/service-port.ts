import type { ServicePort as ApiServicePort, Service } from '@hawser/api';
import { addressesOfFamily, type IpFamily, isOfFamily, rangesOfFamily } from './ip-family.ts';

export type Protocol = 'TCP' | 'UDP' | 'SCTP';

/** One port of one Service in one family: what a proxy is to serve, in its own words. */
export interface ServicePort {
  /** `namespace/name` of the Service. */
  readonly service: string;
  /** The port's name; empty if it has none. Endpoints are matched by it and the protocol. */
  readonly portName: string;
  readonly protocol: Protocol;
  readonly clusterIP: string;
  readonly port: number;
  /** 0 if there is none. */
  readonly nodePort: number;
  readonly externalIPs: readonly string[];
  /** Ingress addresses of the load balancer that are to be treated as virtual IPs. */
  readonly loadBalancerIPs: readonly string[];
  /** Who may use `loadBalancerIPs`; everybody if empty. */
  readonly loadBalancerSourceRanges: readonly string[];
  /** How long a client keeps its endpoint, by its address; undefined without session affinity. */
  readonly affinitySeconds: number | undefined;
  readonly externalPolicyLocal: boolean;
  readonly internalPolicyLocal: boolean;
  /** Where load balancers ask whether this node has endpoints; 0 if nowhere. */
  readonly healthCheckNodePort: number;
}

/** Somebody else proxies a Service that has this label. */
export const PROXY_NAME_LABEL = 'service.kubernetes.io/service-proxy-name';
/** A Service, or slice, that has this label has no virtual IP. */
export const HEADLESS_LABEL = 'service.kubernetes.io/headless';
/** What is asked of the hub: neither Services of other proxies nor headless ones, and so for slices. */
export const PROXIED_SELECTOR = `!${PROXY_NAME_LABEL},!${HEADLESS_LABEL}`;

const DEFAULT_AFFINITY_SECONDS = 10_800;

/** The name by which logs and comments call a port: `namespace/name:port`. */
export function portTitle({ service, portName }: Pick<ServicePort, 'service' | 'portName'>): string {
  return portName === '' ? service : `${service}:${portName}`;
}

/** Whether a port is reached by more than its ClusterIP. */
export function isExternallyAccessible(port: ServicePort): boolean {
  return port.nodePort !== 0 || port.externalIPs.length > 0 || port.loadBalancerIPs.length > 0;
}

/**
 * The ports that a Service is to be served at in a family: none if it is of type ExternalName, has no virtual IP in
 * it, or is another proxy's (pkg/proxy `ShouldSkipService`, `newBaseServiceInfo`).
 */
export function servicePortsOf(service: Service, family: IpFamily): ServicePort[] {
  const { metadata, spec = {} } = service;
  const labels = metadata.labels ?? {};
  if (spec.type === 'ExternalName' || PROXY_NAME_LABEL in labels || HEADLESS_LABEL in labels) return [];
  const clusterIP = (spec.clusterIPs ?? [spec.clusterIP ?? '']).find((ip) => isOfFamily(ip, family));
  if (clusterIP === undefined) return [];
  const shared = { ...sharedPart(service, family), clusterIP };
  return (spec.ports ?? []).map((port) => ({ ...shared, ...portPart(port) }));
}

function sharedPart(service: Service, family: IpFamily) {
  const { metadata, spec = {}, status } = service;
  const isExternal = spec.type === 'NodePort' || spec.type === 'LoadBalancer';
  const externalIPs = addressesOfFamily(spec.externalIPs ?? [], family);
  const ingress = (status?.loadBalancer?.ingress ?? []).filter(({ ipMode }) => ipMode !== 'Proxy');
  const loadBalancerIPs = addressesOfFamily(
    ingress.map(({ ip }) => ip ?? ''),
    family,
  );
  // Of a ClusterIP Service only its external addresses can be meant, and there the policy counts, too.
  const externalPolicyLocal =
    spec.externalTrafficPolicy === 'Local' && (isExternal || externalIPs.length > 0);
  const timeout = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS;
  return {
    service: `${metadata.namespace}/${metadata.name}`,
    externalIPs,
    loadBalancerIPs,
    loadBalancerSourceRanges: rangesOfFamily(spec.loadBalancerSourceRanges ?? [], family),
    affinitySeconds: spec.sessionAffinity === 'ClientIP' ? timeout : undefined,
    externalPolicyLocal,
    internalPolicyLocal: spec.internalTrafficPolicy === 'Local',
    healthCheckNodePort:
      spec.type === 'LoadBalancer' && externalPolicyLocal ? (spec.healthCheckNodePort ?? 0) : 0,
  };
}

function portPart({ name, protocol, port, nodePort }: ApiServicePort) {
  return {
    portName: name ?? '',
    protocol: (protocol ?? 'TCP') as Protocol,
    port: port!,
    nodePort: nodePort ?? 0,
  };
}
