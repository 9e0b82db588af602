import { type Infer, list, map, message, one } from '../../../schema/fields.ts';
import { LocalObjectReference } from '../object-reference.ts';
import { Volume } from '../volumes/volume.ts';
import { Affinity } from './affinity.ts';
import { Container, EphemeralContainer } from './container.ts';
import { HostAlias, PodDNSConfig } from './pod-dns.ts';
import { ResourceRequirements } from './resources.ts';
import { PodSecurityContext } from './security-context.ts';
import { Toleration } from './toleration.ts';
import { TopologySpreadConstraint } from './topology-spread.ts';

export const PodReadinessGate = message(
  'io.k8s.api.core.v1.PodReadinessGate',
  'A further condition that must be True for the pod to be ready.',
  {
    conditionType: one('string', 1, 'Type of the condition.', { required: true }),
  },
);
export interface PodReadinessGate extends Infer<typeof PodReadinessGate> {}

export const PodOS = message('io.k8s.api.core.v1.PodOS', 'Operating system that a pod is made for.', {
  name: one('string', 1, 'linux or windows.', { required: true }),
});
export interface PodOS extends Infer<typeof PodOS> {}

export const PodSchedulingGate = message(
  'io.k8s.api.core.v1.PodSchedulingGate',
  'Something that must be taken away before the pod is scheduled.',
  {
    name: one('string', 1, 'Name of the gate.', { required: true }),
  },
);
export interface PodSchedulingGate extends Infer<typeof PodSchedulingGate> {}

export const PodResourceClaim = message(
  'io.k8s.api.core.v1.PodResourceClaim',
  'A resource claim that containers of the pod can use.',
  {
    name: one('string', 1, 'Name by which containers refer to it.', { required: true }),
    resourceClaimName: one('string', 3, 'An existing claim.', { keepsZero: true }),
    resourceClaimTemplateName: one('string', 4, 'Template from which a claim is made for the pod.', {
      keepsZero: true,
    }),
  },
);
export interface PodResourceClaim extends Infer<typeof PodResourceClaim> {}

export const PodSchedulingGroup = message(
  'io.k8s.api.core.v1.PodSchedulingGroup',
  'Pods with which a pod is scheduled together.',
  {
    podGroupName: one('string', 1, 'Name of the PodGroup.', { keepsZero: true }),
  },
);
export interface PodSchedulingGroup extends Infer<typeof PodSchedulingGroup> {}

export const PodSpec = message('io.k8s.api.core.v1.PodSpec', 'What a pod shall run, and where.', {
  volumes: list(Volume, 1, 'Volumes that containers can mount.', {
    mapKeys: ['name'],
    mergeKey: 'name',
    retainKeys: true,
  }),
  initContainers: list(Container, 20, 'Run one after another to success before the containers start.', {
    mapKeys: ['name'],
    mergeKey: 'name',
  }),
  containers: list(Container, 2, 'The containers; at least one, fixed once the pod exists.', {
    required: true,
    mapKeys: ['name'],
    mergeKey: 'name',
  }),
  ephemeralContainers: list(EphemeralContainer, 34, 'Containers added later for debugging.', {
    mapKeys: ['name'],
    mergeKey: 'name',
  }),
  restartPolicy: one('string', 3, 'When containers that ended are started again.', {
    default: 'Always',
    enum: ['Always', 'OnFailure', 'Never'],
  }),
  terminationGracePeriodSeconds: one('int64', 4, 'Seconds from the stop signal to the kill.', {
    keepsZero: true,
    default: 30,
  }),
  activeDeadlineSeconds: one('int64', 5, 'Seconds after which the pod has failed.', { keepsZero: true }),
  dnsPolicy: one('string', 6, 'Where name servers come from.', {
    default: 'ClusterFirst',
    enum: ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'],
  }),
  nodeSelector: map('string', 7, 'Labels that the node must have.', { atomic: true }),
  serviceAccountName: one('string', 8, 'Service account that the pod acts as.'),
  serviceAccount: one('string', 9, 'Deprecated spelling of serviceAccountName.'),
  automountServiceAccountToken: one(
    'bool',
    21,
    "Whether a token is mounted; the service account's setting if absent.",
    { keepsZero: true },
  ),
  nodeName: one('string', 10, 'Node that the pod is bound to; empty until it is scheduled.'),
  hostNetwork: one('bool', 11, "Uses the node's network namespace."),
  hostPID: one('bool', 12, "Uses the node's process namespace."),
  hostIPC: one('bool', 13, "Uses the node's IPC namespace."),
  shareProcessNamespace: one('bool', 27, 'Whether the containers share one process namespace.', {
    keepsZero: true,
  }),
  securityContext: one(PodSecurityContext, 14, 'Privileges of all its containers.'),
  imagePullSecrets: list(LocalObjectReference, 15, 'Secrets with registry credentials.', {
    mapKeys: ['name'],
    mergeKey: 'name',
  }),
  hostname: one('string', 16, 'Host name of the pod; its name if absent.'),
  subdomain: one('string', 17, 'Gives the pod a domain name below this one.'),
  affinity: one(Affinity, 18, 'Constraints on where it is placed.'),
  schedulerName: one('string', 19, 'Scheduler that places it.', { default: 'default-scheduler' }),
  tolerations: list(Toleration, 22, 'Taints that it tolerates.'),
  hostAliases: list(HostAlias, 23, 'Further lines of its hosts file.', { mapKeys: ['ip'], mergeKey: 'ip' }),
  priorityClassName: one('string', 24, 'Class that its priority comes from.'),
  priority: one('int32', 25, 'Its priority; filled in from the class.', { keepsZero: true }),
  dnsConfig: one(PodDNSConfig, 26, 'Resolver settings beside those of dnsPolicy.'),
  readinessGates: list(PodReadinessGate, 28, 'Further conditions of its readiness.'),
  runtimeClassName: one('string', 29, 'RuntimeClass that runs it.', { keepsZero: true }),
  enableServiceLinks: one('bool', 30, 'Whether Services show in the environment.', { keepsZero: true }),
  preemptionPolicy: one('string', 31, 'Whether it may push out pods of lower priority.', {
    keepsZero: true,
    enum: ['PreemptLowerPriority', 'Never'],
  }),
  overhead: map('quantity', 32, 'What running it costs beside its containers; from the RuntimeClass.'),
  topologySpreadConstraints: list(TopologySpreadConstraint, 33, 'How pods like it are spread.', {
    mapKeys: ['topologyKey', 'whenUnsatisfiable'],
    mergeKey: 'topologyKey',
  }),
  setHostnameAsFQDN: one('bool', 35, 'Whether its host name is the fully qualified one.', {
    keepsZero: true,
  }),
  os: one(PodOS, 36, 'Operating system that it is made for.'),
  hostUsers: one('bool', 37, "Whether it shares the node's user namespace; true if absent.", {
    keepsZero: true,
  }),
  schedulingGates: list(PodSchedulingGate, 38, 'Gates that hold back its scheduling.', {
    mapKeys: ['name'],
    mergeKey: 'name',
  }),
  resourceClaims: list(PodResourceClaim, 39, 'Resource claims that must be allocated before it starts.', {
    mapKeys: ['name'],
    mergeKey: 'name',
    retainKeys: true,
  }),
  resources: one(ResourceRequirements, 40, 'What all its containers need together.'),
  hostnameOverride: one('string', 41, 'Host name as the pod itself sees it, in place of any other.', {
    keepsZero: true,
  }),
  schedulingGroup: one(PodSchedulingGroup, 43, 'Group that it is scheduled with.'),
});
export interface PodSpec extends Infer<typeof PodSpec> {}
