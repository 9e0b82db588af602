import { type Infer, list, map, message, one } from '../../../schema/fields.ts';
import { ContainerStatus } from './container-status.ts';
import { ResourceRequirements } from './resources.ts';

export const PodCondition = message(
  'io.k8s.api.core.v1.PodCondition',
  "One aspect of a pod's current state.",
  {
    type: one('string', 1, 'Which aspect, such as Ready.', { required: true }),
    observedGeneration: one('int64', 7, 'The generation of the pod from which this was judged.'),
    status: one('string', 2, 'True, False or Unknown.', { required: true }),
    lastProbeTime: one('time', 3, 'When it was last looked at.'),
    lastTransitionTime: one('time', 4, 'When the status last changed.'),
    reason: one('string', 5, 'Why it last changed, in one word.'),
    message: one('string', 6, 'Why it last changed, in words for people.'),
  },
);
export interface PodCondition extends Infer<typeof PodCondition> {}

export const HostIP = message('io.k8s.api.core.v1.HostIP', "An address of a pod's node.", {
  ip: one('string', 1, 'The address.', { required: true }),
});
export interface HostIP extends Infer<typeof HostIP> {}

export const PodIP = message('io.k8s.api.core.v1.PodIP', 'An address of a pod.', {
  ip: one('string', 1, 'The address.', { required: true }),
});
export interface PodIP extends Infer<typeof PodIP> {}

export const PodResourceClaimStatus = message(
  'io.k8s.api.core.v1.PodResourceClaimStatus',
  "The claim made for an entry of a pod's resourceClaims.",
  {
    name: one('string', 1, 'Name of the entry.', { required: true }),
    resourceClaimName: one('string', 2, 'Name of the claim; absent when none was needed.', {
      keepsZero: true,
    }),
  },
);
export interface PodResourceClaimStatus extends Infer<typeof PodResourceClaimStatus> {}

export const ContainerExtendedResourceRequest = message(
  'io.k8s.api.core.v1.ContainerExtendedResourceRequest',
  "Which request of a claim serves a container's extended resource.",
  {
    containerName: one('string', 1, 'The container.', { required: true }),
    resourceName: one('string', 2, 'The extended resource.', { required: true }),
    requestName: one('string', 3, 'The request in the claim.', { required: true }),
  },
);
export interface ContainerExtendedResourceRequest extends Infer<typeof ContainerExtendedResourceRequest> {}

export const PodExtendedResourceClaimStatus = message(
  'io.k8s.api.core.v1.PodExtendedResourceClaimStatus',
  "The claim that serves a pod's extended resources.",
  {
    requestMappings: list(ContainerExtendedResourceRequest, 1, 'Which request serves which container.', {
      required: true,
    }),
    resourceClaimName: one('string', 2, 'Name of the claim.', { required: true }),
  },
);
export interface PodExtendedResourceClaimStatus extends Infer<typeof PodExtendedResourceClaimStatus> {}

export const NodeAllocatableResourceClaimStatus = message(
  'io.k8s.api.core.v1.NodeAllocatableResourceClaimStatus',
  "What of the node's allocatable resources a claim takes.",
  {
    resourceClaimName: one('string', 1, 'Name of the claim.', { required: true }),
    containers: list('string', 2, 'Containers that use it.', { listType: 'set' }),
    resources: map('quantity', 3, 'The amounts.'),
  },
);
export interface NodeAllocatableResourceClaimStatus
  extends Infer<typeof NodeAllocatableResourceClaimStatus> {}

export const PodStatus = message('io.k8s.api.core.v1.PodStatus', 'What was last seen of a pod.', {
  observedGeneration: one('int64', 17, 'The generation of the spec that the status speaks of.'),
  phase: one('string', 1, 'Where it is in its life, in one word.', {
    enum: ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'],
  }),
  conditions: list(PodCondition, 2, 'The aspects of its state.', { mapKeys: ['type'], mergeKey: 'type' }),
  message: one('string', 3, 'Why it is in this state, in words for people.'),
  reason: one('string', 4, 'Why it is in this state, in one word.'),
  nominatedNodeName: one('string', 11, 'Node on which room is being made for it.'),
  hostIP: one('string', 5, 'Address of its node.'),
  hostIPs: list(HostIP, 16, 'Addresses of its node.', { mergeKey: 'ip' }),
  podIP: one('string', 6, 'Address of the pod.'),
  podIPs: list(PodIP, 12, 'Addresses of the pod, one a family.', { mapKeys: ['ip'], mergeKey: 'ip' }),
  startTime: one('time', 7, 'When the kubelet took it on.', { keepsZero: true }),
  initContainerStatuses: list(ContainerStatus, 10, 'State of each init container.'),
  containerStatuses: list(ContainerStatus, 8, 'State of each container.'),
  qosClass: one('string', 9, 'Class of service, from requests and limits.', {
    enum: ['Guaranteed', 'Burstable', 'BestEffort'],
  }),
  ephemeralContainerStatuses: list(ContainerStatus, 13, 'State of each ephemeral container.'),
  resize: one('string', 14, 'Deprecated; conditions tell of resizes.'),
  resourceClaimStatuses: list(PodResourceClaimStatus, 15, 'Claims made for the pod.', {
    mapKeys: ['name'],
    mergeKey: 'name',
    retainKeys: true,
  }),
  extendedResourceClaimStatus: one(
    PodExtendedResourceClaimStatus,
    18,
    'Claim that serves its extended resources.',
  ),
  allocatedResources: map('quantity', 19, 'What the node set aside for the whole pod.'),
  resources: one(ResourceRequirements, 20, 'Requests and limits in force for the whole pod.'),
  nodeAllocatableResourceClaimStatuses: list(
    NodeAllocatableResourceClaimStatus,
    21,
    "What its claims take of the node's allocatable resources.",
  ),
});
export interface PodStatus extends Infer<typeof PodStatus> {}
