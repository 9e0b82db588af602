import { type Infer, list, map, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { ObjectReference } from '../core/object-reference.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { endpointSliceColumns } from './endpoint-slice-columns.ts';

export const EndpointConditions = message(
  'io.k8s.api.discovery.v1.EndpointConditions',
  'State of an endpoint; what is absent is unknown.',
  {
    ready: one('bool', 1, 'Whether it takes new connections.', { keepsZero: true }),
    serving: one('bool', 2, 'Whether it answers, even while it terminates.', { keepsZero: true }),
    terminating: one('bool', 3, 'Whether it is on its way out.', { keepsZero: true }),
  },
);
export interface EndpointConditions extends Infer<typeof EndpointConditions> {}

export const ForZone = message('io.k8s.api.discovery.v1.ForZone', 'A zone that shall use an endpoint.', {
  name: one('string', 1, 'Name of the zone.', { required: true }),
});
export interface ForZone extends Infer<typeof ForZone> {}

export const ForNode = message('io.k8s.api.discovery.v1.ForNode', 'A node that shall use an endpoint.', {
  name: one('string', 1, 'Name of the node.', { required: true }),
});
export interface ForNode extends Infer<typeof ForNode> {}

export const EndpointHints = message('io.k8s.api.discovery.v1.EndpointHints', 'Who shall use an endpoint.', {
  forZones: list(ForZone, 1, 'The zones that shall; at most 8.'),
  forNodes: list(ForNode, 2, 'The nodes that shall; at most 8.'),
});
export interface EndpointHints extends Infer<typeof EndpointHints> {}

export const Endpoint = message('io.k8s.api.discovery.v1.Endpoint', 'One backend of a Service.', {
  addresses: list('string', 1, 'Its addresses, which mean the same backend; consumers use the first.', {
    required: true,
    listType: 'set',
  }),
  conditions: one(EndpointConditions, 2, 'Its state.', { keepsZero: false }),
  hostname: one('string', 3, 'Its host name, by which DNS tells it from the others.', { keepsZero: true }),
  targetRef: one(ObjectReference, 4, 'The object that it stands for.'),
  deprecatedTopology: map('string', 5, 'What v1beta1 said of its place; read only.'),
  nodeName: one('string', 6, 'The node that it is on.', { keepsZero: true }),
  zone: one('string', 7, 'The zone that it is in.', { keepsZero: true }),
  hints: one(EndpointHints, 8, 'Who shall use it.'),
});
export interface Endpoint extends Infer<typeof Endpoint> {}

export const DiscoveryEndpointPort = message(
  'io.k8s.api.discovery.v1.EndpointPort',
  'A port of all endpoints of a slice.',
  {
    name: one('string', 1, "Name of the Service's port; empty if it has none.", {
      keepsZero: true,
      default: '',
    }),
    protocol: one('string', 2, 'Its protocol.', {
      keepsZero: true,
      default: 'TCP',
      enum: ['SCTP', 'TCP', 'UDP'],
    }),
    port: one('int32', 3, 'Its number; absent where ports are not restricted.', { keepsZero: true }),
    appProtocol: one('string', 4, 'Protocol spoken above it, as a hint.', { keepsZero: true }),
  },
  { atomic: true },
);
export interface DiscoveryEndpointPort extends Infer<typeof DiscoveryEndpointPort> {}

export const EndpointSliceSchema = message(
  'io.k8s.api.discovery.v1.EndpointSlice',
  'Some of the endpoints of a Service: those of one address family that have their ports in common.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    addressType: one('string', 4, 'What the addresses are; fixed.', {
      required: true,
      enum: ['FQDN', 'IPv4', 'IPv6'],
    }),
    endpoints: list(Endpoint, 2, 'The endpoints, at most 1000.', { required: true, inOpenApi: 'optional' }),
    ports: list(DiscoveryEndpointPort, 3, 'The ports of each of them.', { keepsZero: true }),
  },
);
export interface EndpointSlice extends KindObject<typeof EndpointSliceSchema> {}

export const endpointSlices = kind({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
  schema: EndpointSliceSchema,
  columns: endpointSliceColumns,
});
