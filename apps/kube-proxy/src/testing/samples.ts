import type { EndpointSlice, Service } from '@hawser/api';
import type { Endpoint } from '../services/endpoint.ts';
import type { ServicePort } from '../services/service-port.ts';
import type { WantedPort } from '../services/wanted-services.ts';

/** A Service `ns/web` with a TCP port 80. */
export function sampleService(spec: object = {}, labels?: Record<string, string>): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'ns', ...(labels === undefined ? {} : { labels }) },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.9',
      clusterIPs: ['10.96.0.9'],
      ports: [{ port: 80, protocol: 'TCP' }],
      ...spec,
    },
  };
}

/** A slice of `ns/web` with port 8080. */
export function sampleSlice(endpoints: EndpointSlice['endpoints'], more: object = {}): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-a', namespace: 'ns', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints,
    ...more,
  };
}

/** A ready endpoint at 10.0.0.N:8080 of another node. */
export function sampleEndpoint(number: number, more: Partial<Endpoint> = {}): Endpoint {
  return {
    ...{ ip: `10.0.0.${number}`, port: 8080, isReady: true, isServing: true, isTerminating: false },
    ...{ isLocal: false, zoneHints: [], nodeHints: [] },
    ...more,
  };
}

/** `ns/web`, TCP port 80 at 10.96.0.9. */
export function samplePort(more: Partial<ServicePort> = {}): ServicePort {
  return {
    ...{ service: 'ns/web', portName: '', protocol: 'TCP', clusterIP: '10.96.0.9', port: 80 },
    ...{ nodePort: 0, externalIPs: [], loadBalancerIPs: [], loadBalancerSourceRanges: [] },
    ...{ affinitySeconds: undefined, externalPolicyLocal: false, internalPolicyLocal: false },
    healthCheckNodePort: 0,
    ...more,
  };
}

/** The same with ready endpoints, of policy Cluster. */
export function wantedPort(endpoints: readonly Endpoint[], more: Partial<ServicePort> = {}): WantedPort {
  const any = endpoints.length > 0;
  return {
    ...samplePort(more),
    endpoints: { cluster: endpoints, local: [], reachable: endpoints, serving: endpoints, any },
  };
}
