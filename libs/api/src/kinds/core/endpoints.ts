import { type Infer, list, message, one } from '../../schema/fields.ts';
import { type KindObject, kind } from '../../schema/kind.ts';
import { age } from '../columns.ts';
import { ObjectMeta } from '../meta/object-meta.ts';
import { formatEndpoints } from './format-endpoints.ts';
import { ObjectReference } from './object-reference.ts';

export const EndpointAddress = message(
  'io.k8s.api.core.v1.EndpointAddress',
  'One address behind a Service.',
  {
    ip: one('string', 1, 'The address.', { required: true }),
    hostname: one('string', 3, 'Host name of the endpoint.'),
    nodeName: one('string', 4, 'Node that it is on.', { keepsZero: true }),
    targetRef: one(ObjectReference, 2, 'Object that it stands for.'),
  },
  { atomic: true },
);
export interface EndpointAddress extends Infer<typeof EndpointAddress> {}

export const EndpointPort = message(
  'io.k8s.api.core.v1.EndpointPort',
  'A port of the addresses.',
  {
    name: one('string', 1, "Name of the Service's port."),
    port: one('int32', 2, 'The port.', { required: true }),
    protocol: one('string', 3, 'Its protocol.', { default: 'TCP', enum: ['SCTP', 'TCP', 'UDP'] }),
    appProtocol: one('string', 4, 'Protocol spoken above it, as a hint.', { keepsZero: true }),
  },
  { atomic: true },
);
export interface EndpointPort extends Infer<typeof EndpointPort> {}

export const EndpointSubset = message(
  'io.k8s.api.core.v1.EndpointSubset',
  'Addresses with ports in common.',
  {
    addresses: list(EndpointAddress, 1, 'Those that are ready.'),
    notReadyAddresses: list(EndpointAddress, 2, 'Those that are not.'),
    ports: list(EndpointPort, 3, 'The ports.'),
  },
);
export interface EndpointSubset extends Infer<typeof EndpointSubset> {}

export const EndpointsSchema = message(
  'io.k8s.api.core.v1.Endpoints',
  'The addresses behind a Service; EndpointSlices succeed it.',
  {
    metadata: one(ObjectMeta, 1, 'Standard object metadata.', { required: true }),
    subsets: list(EndpointSubset, 2, 'The addresses, grouped by ports.'),
  },
);
export interface Endpoints extends KindObject<typeof EndpointsSchema> {}

export const endpoints = kind({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  namespaced: true,
  schema: EndpointsSchema,
  columns: [
    {
      name: 'Endpoints',
      type: 'string',
      description: 'The first addresses with their ports.',
      value: ({ subsets }) => formatEndpoints(subsets ?? []),
    },
    age,
  ],
});
