import { type Infer, list, map, message, one } from '../../schema/fields.ts';
import { type KindObject, kind, STATUS } from '../../schema/kind.ts';
import { Condition } from '../meta/condition.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { proxyOf } from './connect-options.ts';
import { serviceColumns } from './service/service-columns.ts';

export const ServicePort = message('io.k8s.api.core.v1.ServicePort', 'A port of a Service.', {
  name: one('string', 1, 'Name of the port; needed when there are several.'),
  protocol: one('string', 2, 'Protocol of the port.', { default: 'TCP', enum: ['SCTP', 'TCP', 'UDP'] }),
  appProtocol: one('string', 6, 'Protocol spoken above it, as a hint.', { keepsZero: true }),
  port: one('int32', 3, 'The port that clients connect to.', { required: true }),
  targetPort: one('intOrString', 4, "Number or name of the pods' port; equal to port if absent."),
  nodePort: one('int32', 5, 'Port of every node that leads to it.'),
});
export interface ServicePort extends Infer<typeof ServicePort> {}

export const ClientIPConfig = message(
  'io.k8s.api.core.v1.ClientIPConfig',
  'How long a client stays with a pod.',
  {
    timeoutSeconds: one('int32', 1, 'Seconds, at most a day.', { keepsZero: true }),
  },
);
export interface ClientIPConfig extends Infer<typeof ClientIPConfig> {}

export const SessionAffinityConfig = message(
  'io.k8s.api.core.v1.SessionAffinityConfig',
  'Settings of session affinity.',
  {
    clientIP: one(ClientIPConfig, 1, 'For affinity by client address.'),
  },
);
export interface SessionAffinityConfig extends Infer<typeof SessionAffinityConfig> {}

export const ServiceSpec = message('io.k8s.api.core.v1.ServiceSpec', 'What a Service exposes, and how.', {
  ports: list(ServicePort, 1, 'Its ports.', { mapKeys: ['port', 'protocol'], mergeKey: 'port' }),
  selector: map('string', 2, 'Labels of the pods behind it; without one, endpoints are made by others.', {
    atomic: true,
  }),
  clusterIP: one('string', 3, 'Its virtual address, None for a headless Service, empty to be given one.'),
  clusterIPs: list('string', 18, 'Its virtual addresses, one a family; the first equals clusterIP.'),
  type: one('string', 4, 'How far it is exposed.', {
    default: 'ClusterIP',
    enum: ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'],
  }),
  externalIPs: list('string', 5, 'Further addresses that lead to it.'),
  sessionAffinity: one('string', 7, 'Whether a client stays with a pod.', {
    default: 'None',
    enum: ['ClientIP', 'None'],
  }),
  loadBalancerIP: one('string', 8, 'Deprecated; address asked of the load balancer.'),
  loadBalancerSourceRanges: list('string', 9, 'Ranges from which the load balancer lets clients in.'),
  externalName: one('string', 10, 'Name to which DNS points, for type ExternalName.'),
  externalTrafficPolicy: one('string', 11, 'Whether traffic from outside goes to local pods only.', {
    enum: ['Cluster', 'Local'],
  }),
  healthCheckNodePort: one('int32', 12, 'Port on which nodes tell whether they have local pods.'),
  publishNotReadyAddresses: one('bool', 13, 'Whether pods that are not ready count too.'),
  sessionAffinityConfig: one(SessionAffinityConfig, 14, 'Settings of session affinity.'),
  ipFamilies: list('string', 19, 'Families of its virtual addresses.', { enum: ['IPv4', 'IPv6'] }),
  ipFamilyPolicy: one('string', 17, 'Whether it has one family or two.', {
    keepsZero: true,
    enum: ['PreferDualStack', 'RequireDualStack', 'SingleStack'],
  }),
  allocateLoadBalancerNodePorts: one('bool', 20, 'Whether a load balancer gets node ports; true if absent.', {
    keepsZero: true,
  }),
  loadBalancerClass: one('string', 21, 'Which load balancer is meant.', { keepsZero: true }),
  internalTrafficPolicy: one('string', 22, 'Whether traffic from inside goes to local pods only.', {
    keepsZero: true,
    enum: ['Cluster', 'Local'],
  }),
  trafficDistribution: one('string', 23, 'Preference for nearby pods.', {
    keepsZero: true,
    enum: ['PreferClose', 'PreferSameNode', 'PreferSameZone'],
  }),
});
export interface ServiceSpec extends Infer<typeof ServiceSpec> {}

export const PortStatus = message('io.k8s.api.core.v1.PortStatus', 'State of a port at a load balancer.', {
  port: one('int32', 1, 'The port.', { required: true }),
  protocol: one('string', 2, 'Its protocol.', { required: true, enum: ['SCTP', 'TCP', 'UDP'] }),
  error: one('string', 3, 'What went wrong with it.', { keepsZero: true }),
});
export interface PortStatus extends Infer<typeof PortStatus> {}

export const LoadBalancerIngress = message(
  'io.k8s.api.core.v1.LoadBalancerIngress',
  'A point at which a load balancer lets traffic in.',
  {
    ip: one('string', 1, 'Its address.'),
    hostname: one('string', 2, 'Its host name.'),
    ipMode: one('string', 3, "VIP, or Proxy when packets arrive with the node's address.", {
      keepsZero: true,
    }),
    ports: list(PortStatus, 4, 'State of its ports.'),
  },
);
export interface LoadBalancerIngress extends Infer<typeof LoadBalancerIngress> {}

export const LoadBalancerStatus = message(
  'io.k8s.api.core.v1.LoadBalancerStatus',
  'State of a load balancer.',
  {
    ingress: list(LoadBalancerIngress, 1, 'The points at which it lets traffic in.'),
  },
);
export interface LoadBalancerStatus extends Infer<typeof LoadBalancerStatus> {}

export const ServiceStatus = message('io.k8s.api.core.v1.ServiceStatus', 'What was last seen of a Service.', {
  loadBalancer: one(LoadBalancerStatus, 1, 'State of its load balancer.', { keepsZero: false }),
  conditions: list(Condition, 2, 'The aspects of its state.', { mapKeys: ['type'], mergeKey: 'type' }),
});
export interface ServiceStatus extends Infer<typeof ServiceStatus> {}

export const ServiceSchema = message(
  'io.k8s.api.core.v1.Service',
  'One address for a changing set of pods.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    spec: one(ServiceSpec, 2, 'What it exposes.', { keepsZero: false }),
    status: one(ServiceStatus, 3, 'What was last seen; kept by the system.', { keepsZero: false }),
  },
);
export interface Service extends KindObject<typeof ServiceSchema> {}

export const services = kind({
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  categories: ['all'],
  namespaced: true,
  schema: ServiceSchema,
  subresources: { ...STATUS, ...proxyOf('ServiceProxyOptions') },
  columns: serviceColumns,
  fieldLabels: {
    'spec.clusterIP': (service) => service.spec?.clusterIP ?? '',
    'spec.type': (service) => service.spec?.type ?? '',
  },
});
