import { type Infer, list, map, message, one } from '../../../schema/fields.ts';
import { NodeConfigStatus } from './node-config.ts';
import { NodeSystemInfo } from './node-system-info.ts';

export const NodeCondition = message(
  'io.k8s.api.core.v1.NodeCondition',
  "One aspect of a node's current state.",
  {
    type: one('string', 1, 'Which aspect, such as Ready.', { required: true }),
    status: one('string', 2, 'True, False or Unknown.', { required: true }),
    lastHeartbeatTime: one('time', 3, 'When it was last reported.'),
    lastTransitionTime: one('time', 4, 'When the status last changed.'),
    reason: one('string', 5, 'Why it last changed, in one word.'),
    message: one('string', 6, 'Why it last changed, in words for people.'),
  },
);
export interface NodeCondition extends Infer<typeof NodeCondition> {}

export const NodeAddress = message('io.k8s.api.core.v1.NodeAddress', 'One address of a node.', {
  type: one('string', 1, 'Hostname, InternalIP, ExternalIP, InternalDNS or ExternalDNS.', { required: true }),
  address: one('string', 2, 'The address.', { required: true }),
});
export interface NodeAddress extends Infer<typeof NodeAddress> {}

export const DaemonEndpoint = message(
  'io.k8s.api.core.v1.DaemonEndpoint',
  'Where a daemon of the node listens.',
  {
    Port: one('int32', 1, 'Its port.', { required: true }),
  },
);
export interface DaemonEndpoint extends Infer<typeof DaemonEndpoint> {}

export const NodeDaemonEndpoints = message(
  'io.k8s.api.core.v1.NodeDaemonEndpoints',
  "Where the node's daemons listen.",
  {
    kubeletEndpoint: one(DaemonEndpoint, 1, 'The kubelet.', { keepsZero: false }),
  },
);
export interface NodeDaemonEndpoints extends Infer<typeof NodeDaemonEndpoints> {}

export const ContainerImage = message('io.k8s.api.core.v1.ContainerImage', 'An image that is on the node.', {
  names: list('string', 1, 'Names by which it is known.', { keepsZero: true }),
  sizeBytes: one('int64', 2, 'Its size.'),
});
export interface ContainerImage extends Infer<typeof ContainerImage> {}

export const AttachedVolume = message('io.k8s.api.core.v1.AttachedVolume', 'A volume attached to the node.', {
  name: one('string', 1, 'Name of the volume.', { required: true }),
  devicePath: one('string', 2, 'Device at which it is attached.', { required: true }),
});
export interface AttachedVolume extends Infer<typeof AttachedVolume> {}

export const NodeRuntimeHandlerFeatures = message(
  'io.k8s.api.core.v1.NodeRuntimeHandlerFeatures',
  'What a runtime handler can do.',
  {
    recursiveReadOnlyMounts: one('bool', 1, 'Whether read-only mounts can be recursive.', {
      keepsZero: true,
    }),
    userNamespaces: one('bool', 2, 'Whether pods can have user namespaces.', { keepsZero: true }),
  },
);
export interface NodeRuntimeHandlerFeatures extends Infer<typeof NodeRuntimeHandlerFeatures> {}

export const NodeRuntimeHandler = message(
  'io.k8s.api.core.v1.NodeRuntimeHandler',
  "A handler of the node's container runtime.",
  {
    name: one('string', 1, 'Name of the handler; empty for the default one.', {
      keepsZero: true,
      pointer: false,
    }),
    features: one(NodeRuntimeHandlerFeatures, 2, 'What it can do.'),
  },
);
export interface NodeRuntimeHandler extends Infer<typeof NodeRuntimeHandler> {}

export const NodeFeatures = message(
  'io.k8s.api.core.v1.NodeFeatures',
  "What the node's container runtime can do.",
  {
    supplementalGroupsPolicy: one('bool', 1, 'Whether supplementalGroupsPolicy is honoured.', {
      keepsZero: true,
    }),
  },
);
export interface NodeFeatures extends Infer<typeof NodeFeatures> {}

export const NodeStatus = message('io.k8s.api.core.v1.NodeStatus', 'What a node last reported.', {
  capacity: map('quantity', 1, 'What it has in all.'),
  allocatable: map('quantity', 2, 'What is left for pods.'),
  phase: one('string', 3, 'Deprecated; no longer filled in.', { enum: ['Pending', 'Running', 'Terminated'] }),
  conditions: list(NodeCondition, 4, 'The aspects of its state.', { mapKeys: ['type'], mergeKey: 'type' }),
  addresses: list(NodeAddress, 5, 'Its addresses.', { mapKeys: ['type'], mergeKey: 'type' }),
  daemonEndpoints: one(NodeDaemonEndpoints, 6, 'Where its daemons listen.', { keepsZero: false }),
  nodeInfo: one(NodeSystemInfo, 7, 'What machine and software it is.', { keepsZero: false }),
  images: list(ContainerImage, 8, 'Images that it holds.'),
  volumesInUse: list('string', 9, 'Volumes that it has mounted.'),
  volumesAttached: list(AttachedVolume, 10, 'Volumes attached to it.'),
  config: one(NodeConfigStatus, 11, 'Deprecated; no longer filled in.'),
  runtimeHandlers: list(NodeRuntimeHandler, 12, 'Handlers of its container runtime.'),
  features: one(NodeFeatures, 13, 'What its container runtime can do.'),
  declaredFeatures: list('string', 14, 'Features that it declares to the scheduler and the API server.'),
});
export interface NodeStatus extends Infer<typeof NodeStatus> {}
