export { applyFaults, faultsText } from './apply/apply-faults.ts';
export { objectTypeOf } from './apply/apply-type.ts';
export { emptyObject } from './apply/empty-object.ts';
export { FieldSet } from './apply/field-set.ts';
export { ignoredFields } from './apply/ignored-fields.ts';
export { serverSideApply } from './apply/server-side-apply.ts';
export { trackFields } from './apply/track-fields.ts';
export { CronError } from './cron/cron-error.ts';
export { type CronSchedule, parseCron } from './cron/cron-schedule.ts';
export { isTimeZone } from './cron/wall-clock.ts';
export { applyDefaults } from './decode/apply-defaults.ts';
export { DecodeError } from './decode/decode-error.ts';
export { decodeObject } from './decode/decode-object.ts';
export { duplicateFields } from './decode/duplicate-fields.ts';
export { formatTime } from './decode/format-time.ts';
export { nestsTooDeep } from './decode/nesting.ts';
export { fillAbsent, zeroOf } from './decode/zero-value.ts';
export { type AnyKind, allKinds, kindFor, subresourceKinds } from './kinds/all-kinds.ts';
export { type ControllerRevision, controllerRevisions } from './kinds/apps/controller-revision.ts';
export {
  type DaemonSet,
  type DaemonSetCondition,
  type DaemonSetSpec,
  type DaemonSetStatus,
  type DaemonSetUpdateStrategy,
  daemonSets,
  type RollingUpdateDaemonSet,
} from './kinds/apps/daemon-set.ts';
export {
  type Deployment,
  type DeploymentCondition,
  type DeploymentSpec,
  type DeploymentStatus,
  type DeploymentStrategy,
  deployments,
  type RollingUpdateDeployment,
} from './kinds/apps/deployment.ts';
export {
  type ReplicaSet,
  type ReplicaSetCondition,
  type ReplicaSetSpec,
  type ReplicaSetStatus,
  replicaSets,
} from './kinds/apps/replica-set.ts';
export {
  type RollingUpdateStatefulSetStrategy,
  type StatefulSet,
  type StatefulSetOrdinals,
  type StatefulSetPersistentVolumeClaimRetentionPolicy,
  type StatefulSetSpec,
  type StatefulSetUpdateStrategy,
  statefulSets,
} from './kinds/apps/stateful-set.ts';
export type { StatefulSetCondition, StatefulSetStatus } from './kinds/apps/stateful-set-status.ts';
export type { VolumeClaimTemplate } from './kinds/apps/volume-claim-template.ts';
export {
  type SelfSubjectReview,
  type SelfSubjectReviewStatus,
  selfSubjectReviews,
} from './kinds/authentication/self-subject-review.ts';
export {
  type BoundObjectReference,
  type TokenRequest,
  type TokenRequestSpec,
  type TokenRequestStatus,
  tokenRequests,
} from './kinds/authentication/token-request.ts';
export {
  type TokenReview,
  type TokenReviewSpec,
  type TokenReviewStatus,
  tokenReviews,
} from './kinds/authentication/token-review.ts';
export type { UserInfo } from './kinds/authentication/user-info.ts';
export type {
  FieldSelectorAttributes,
  LabelSelectorAttributes,
  NonResourceAttributes,
  ResourceAttributes,
} from './kinds/authorization/access-attributes.ts';
export {
  type LocalSubjectAccessReview,
  localSubjectAccessReviews,
} from './kinds/authorization/local-subject-access-review.ts';
export {
  type SelfSubjectAccessReview,
  type SelfSubjectAccessReviewSpec,
  selfSubjectAccessReviews,
} from './kinds/authorization/self-subject-access-review.ts';
export {
  type NonResourceRule,
  type ResourceRule,
  type SelfSubjectRulesReview,
  type SelfSubjectRulesReviewSpec,
  type SubjectRulesReviewStatus,
  selfSubjectRulesReviews,
} from './kinds/authorization/self-subject-rules-review.ts';
export {
  type SubjectAccessReview,
  type SubjectAccessReviewSpec,
  type SubjectAccessReviewStatus,
  subjectAccessReviews,
} from './kinds/authorization/subject-access-review.ts';
export { type Scale, type ScaleSpec, type ScaleStatus, scales } from './kinds/autoscaling/scale.ts';
export {
  type CronJob,
  type CronJobSpec,
  type CronJobStatus,
  cronJobs,
  type JobTemplateSpec,
} from './kinds/batch/cron-job.ts';
export { type Job, jobs } from './kinds/batch/job.ts';
export type {
  PodFailurePolicy,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicy,
  SuccessPolicyRule,
} from './kinds/batch/job-policies.ts';
export type { JobSpec } from './kinds/batch/job-spec.ts';
export type { JobCondition, JobStatus, UncountedTerminatedPods } from './kinds/batch/job-status.ts';
export {
  type CertificateSigningRequest,
  type CertificateSigningRequestCondition,
  type CertificateSigningRequestSpec,
  type CertificateSigningRequestStatus,
  CSR_DECIDED_BY,
  certificateSigningRequests,
} from './kinds/certificates/certificate-signing-request.ts';
export { humanDuration, sinceTimestamp } from './kinds/columns.ts';
export { type Lease, type LeaseSpec, leases } from './kinds/coordination/lease.ts';
export { type Binding, bindings } from './kinds/core/binding.ts';
export { type ComponentStatus, componentStatuses } from './kinds/core/component-status.ts';
export { type ConfigMap, configMaps } from './kinds/core/config-map.ts';
export {
  type EndpointAddress,
  type EndpointPort,
  type EndpointSubset,
  type Endpoints,
  endpoints,
} from './kinds/core/endpoints.ts';
export { type Event, type EventSeries, type EventSource, events } from './kinds/core/event.ts';
export {
  type LimitRange,
  type LimitRangeItem,
  type LimitRangeSpec,
  limitRanges,
} from './kinds/core/limit-range.ts';
export {
  type Namespace,
  type NamespaceCondition,
  type NamespaceSpec,
  type NamespaceStatus,
  namespaces,
} from './kinds/core/namespace.ts';
export type {
  ConfigMapNodeConfigSource,
  NodeConfigSource,
  NodeConfigStatus,
} from './kinds/core/node/node-config.ts';
export type { NodeSpec } from './kinds/core/node/node-spec.ts';
export type {
  AttachedVolume,
  ContainerImage,
  DaemonEndpoint,
  NodeAddress,
  NodeCondition,
  NodeDaemonEndpoints,
  NodeFeatures,
  NodeRuntimeHandler,
  NodeRuntimeHandlerFeatures,
  NodeStatus,
} from './kinds/core/node/node-status.ts';
export type { NodeSwapStatus, NodeSystemInfo } from './kinds/core/node/node-system-info.ts';
export { type Node, nodes } from './kinds/core/node.ts';
export type {
  LocalObjectReference,
  ObjectReference,
  TypedLocalObjectReference,
  TypedObjectReference,
} from './kinds/core/object-reference.ts';
export { type PersistentVolume, persistentVolumes } from './kinds/core/persistent-volume.ts';
export {
  type PersistentVolumeClaim,
  persistentVolumeClaims,
} from './kinds/core/persistent-volume-claim.ts';
export type {
  PersistentVolumeSpec,
  VolumeNodeAffinity,
} from './kinds/core/persistent-volume-spec.ts';
export type {
  Affinity,
  NodeAffinity,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  PodAntiAffinity,
  PreferredSchedulingTerm,
  WeightedPodAffinityTerm,
} from './kinds/core/pod/affinity.ts';
export type {
  Container,
  ContainerPort,
  ContainerResizePolicy,
  ContainerRestartRule,
  ContainerRestartRuleOnExitCodes,
  EphemeralContainer,
  VolumeDevice,
  VolumeMount,
} from './kinds/core/pod/container.ts';
export type {
  ContainerState,
  ContainerStateRunning,
  ContainerStateTerminated,
  ContainerStateWaiting,
  ContainerStatus,
  ContainerUser,
  ImageVolumeStatus,
  LinuxContainerUser,
  ResourceHealth,
  ResourceStatus,
  VolumeMountStatus,
  VolumeStatus,
} from './kinds/core/pod/container-status.ts';
export type {
  ConfigMapEnvSource,
  ConfigMapKeySelector,
  EnvFromSource,
  EnvVar,
  EnvVarSource,
  FileKeySelector,
  SecretEnvSource,
  SecretKeySelector,
} from './kinds/core/pod/env.ts';
export type {
  ExecAction,
  GRPCAction,
  HTTPGetAction,
  HTTPHeader,
  SleepAction,
  TCPSocketAction,
} from './kinds/core/pod/handlers.ts';
export type { Lifecycle, LifecycleHandler } from './kinds/core/pod/lifecycle.ts';
export type { HostAlias, PodDNSConfig, PodDNSConfigOption } from './kinds/core/pod/pod-dns.ts';
export { qosClass } from './kinds/core/pod/pod-qos.ts';
export type {
  PodOS,
  PodReadinessGate,
  PodResourceClaim,
  PodSchedulingGate,
  PodSchedulingGroup,
} from './kinds/core/pod/pod-spec.ts';
export { PodSpec } from './kinds/core/pod/pod-spec.ts';
export type {
  ContainerExtendedResourceRequest,
  HostIP,
  NodeAllocatableResourceClaimStatus,
  PodCondition,
  PodExtendedResourceClaimStatus,
  PodIP,
  PodResourceClaimStatus,
  PodStatus,
} from './kinds/core/pod/pod-status.ts';
export type { PodTemplateSpec } from './kinds/core/pod/pod-template-spec.ts';
export type { Probe, ProbeHandler } from './kinds/core/pod/probe.ts';
export type { ResourceClaim, ResourceRequirements } from './kinds/core/pod/resources.ts';
export type {
  AppArmorProfile,
  Capabilities,
  PodSecurityContext,
  SELinuxOptions,
  SeccompProfile,
  SecurityContext,
  Sysctl,
  WindowsSecurityContextOptions,
} from './kinds/core/pod/security-context.ts';
export { type PodSummary, summarizePod } from './kinds/core/pod/summarize-pod.ts';
export type { Toleration } from './kinds/core/pod/toleration.ts';
export type { TopologySpreadConstraint } from './kinds/core/pod/topology-spread.ts';
export { type Pod, pods } from './kinds/core/pod.ts';
export { type PodTemplate, podTemplates } from './kinds/core/pod-template.ts';
export {
  type ReplicationController,
  type ReplicationControllerCondition,
  type ReplicationControllerSpec,
  type ReplicationControllerStatus,
  replicationControllers,
} from './kinds/core/replication-controller.ts';
export {
  type ResourceQuota,
  type ResourceQuotaSpec,
  type ResourceQuotaStatus,
  resourceQuotas,
  type ScopedResourceSelectorRequirement,
  type ScopeSelector,
} from './kinds/core/resource-quota.ts';
export { type Secret, secrets } from './kinds/core/secret.ts';
export {
  type ClientIPConfig,
  type LoadBalancerIngress,
  type LoadBalancerStatus,
  type PortStatus,
  type Service,
  type ServicePort,
  type ServiceSpec,
  type ServiceStatus,
  type SessionAffinityConfig,
  services,
} from './kinds/core/service.ts';
export { type ServiceAccount, serviceAccounts } from './kinds/core/service-account.ts';
export { storageClassOf } from './kinds/core/storage-columns.ts';
export { Taint } from './kinds/core/taint.ts';
export type {
  AWSElasticBlockStoreVolumeSource,
  AzureDiskVolumeSource,
  AzureFileVolumeSource,
  GCEPersistentDiskVolumeSource,
  PhotonPersistentDiskVolumeSource,
  PortworxVolumeSource,
  ScaleIOVolumeSource,
  StorageOSVolumeSource,
  VsphereVirtualDiskVolumeSource,
} from './kinds/core/volumes/cloud-volumes.ts';
export type { ConfigMapVolumeSource, SecretVolumeSource } from './kinds/core/volumes/config-volumes.ts';
export type {
  DownwardAPIProjection,
  DownwardAPIVolumeFile,
  DownwardAPIVolumeSource,
  ObjectFieldSelector,
  ResourceFieldSelector,
} from './kinds/core/volumes/downward-api.ts';
export type { CSIVolumeSource, FlexVolumeSource } from './kinds/core/volumes/driver-volumes.ts';
export type { KeyToPath } from './kinds/core/volumes/key-to-path.ts';
export type {
  EmptyDirVolumeSource,
  GitRepoVolumeSource,
  HostPathVolumeSource,
  ImageVolumeSource,
} from './kinds/core/volumes/local-volumes.ts';
export type {
  CephFSVolumeSource,
  CinderVolumeSource,
  FCVolumeSource,
  FlockerVolumeSource,
  GlusterfsVolumeSource,
  ISCSIVolumeSource,
  NFSVolumeSource,
  QuobyteVolumeSource,
  RBDVolumeSource,
} from './kinds/core/volumes/network-volumes.ts';
export { persistentVolumeSources } from './kinds/core/volumes/persistent-volume-source.ts';
export type {
  ClusterTrustBundleProjection,
  ConfigMapProjection,
  PodCertificateProjection,
  ProjectedVolumeSource,
  SecretProjection,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from './kinds/core/volumes/projected-volume.ts';
export type { Volume, VolumeSource } from './kinds/core/volumes/volume.ts';
export type {
  EphemeralVolumeSource,
  PersistentVolumeClaimSpec,
  PersistentVolumeClaimTemplate,
  PersistentVolumeClaimVolumeSource,
  VolumeResourceRequirements,
} from './kinds/core/volumes/volume-claim.ts';
export {
  type DiscoveryEndpointPort,
  type Endpoint,
  type EndpointConditions,
  type EndpointHints,
  type EndpointSlice,
  endpointSlices,
} from './kinds/discovery/endpoint-slice.ts';
export { coreEventOf, eventsV1EventOf } from './kinds/events/event-conversion.ts';
export { type EventsV1Event, eventsV1Events } from './kinds/events/events-v1-event.ts';
export { listSchemaOf } from './kinds/list-schema.ts';
export { Condition } from './kinds/meta/condition.ts';
export { DeleteOptions, type Preconditions } from './kinds/meta/delete-options.ts';
export type { FieldSelectorRequirement } from './kinds/meta/field-selector.ts';
export { LabelSelector, type LabelSelectorRequirement } from './kinds/meta/label-selector.ts';
export { ListMeta, type ShardInfo } from './kinds/meta/list-meta.ts';
export { type ManagedFieldsEntry, ObjectMeta, type OwnerReference } from './kinds/meta/object-meta.ts';
export { Status } from './kinds/meta/status.ts';
export {
  type HTTPIngressPath,
  type HTTPIngressRuleValue,
  type Ingress,
  type IngressBackend,
  type IngressRule,
  type IngressServiceBackend,
  type IngressSpec,
  type IngressTLS,
  ingresses,
  type ServiceBackendPort,
} from './kinds/networking/ingress.ts';
export {
  type IngressClass,
  type IngressClassParametersReference,
  type IngressClassSpec,
  ingressClasses,
} from './kinds/networking/ingress-class.ts';
export type {
  IngressLoadBalancerIngress,
  IngressLoadBalancerStatus,
  IngressPortStatus,
  IngressStatus,
} from './kinds/networking/ingress-status.ts';
export {
  type IPBlock,
  type NetworkPolicy,
  type NetworkPolicyEgressRule,
  type NetworkPolicyIngressRule,
  type NetworkPolicyPeer,
  type NetworkPolicyPort,
  type NetworkPolicySpec,
  networkPolicies,
} from './kinds/networking/network-policy.ts';
export { type RuntimeClass, runtimeClasses } from './kinds/node/runtime-class.ts';
export {
  disruptionAllowedCondition,
  withDisruptionAllowedCondition,
  withSyncFailedCondition,
} from './kinds/policy/disruption-allowed-condition.ts';
export { type Eviction, evictions } from './kinds/policy/eviction.ts';
export {
  type PodDisruptionBudget,
  type PodDisruptionBudgetSpec,
  type PodDisruptionBudgetStatus,
  podDisruptionBudgets,
} from './kinds/policy/pod-disruption-budget.ts';
export { type AggregationRule, type ClusterRole, clusterRoles } from './kinds/rbac/cluster-role.ts';
export { type ClusterRoleBinding, clusterRoleBindings } from './kinds/rbac/cluster-role-binding.ts';
export type { PolicyRule } from './kinds/rbac/policy-rule.ts';
export { type Role, roles } from './kinds/rbac/role.ts';
export { type RoleBinding, roleBindings } from './kinds/rbac/role-binding.ts';
export type { RoleRef, Subject } from './kinds/rbac/subject.ts';
export { type PriorityClass, priorityClasses } from './kinds/scheduling/priority-class.ts';
export { schemaFor } from './kinds/schema-for.ts';
export { type CSIDriver, csiDrivers } from './kinds/storage/csi-driver.ts';
export { type CSINode, csiNodes } from './kinds/storage/csi-node.ts';
export { type CSIStorageCapacity, csiStorageCapacities } from './kinds/storage/csi-storage-capacity.ts';
export {
  isDefaultStorageClass,
  newestDefaultClass,
  type StorageClass,
  storageClasses,
} from './kinds/storage/storage-class.ts';
export { type VolumeAttachment, volumeAttachments } from './kinds/storage/volume-attachment.ts';
export {
  type VolumeAttributesClass,
  volumeAttributesClasses,
} from './kinds/storage/volume-attributes-class.ts';
export { openApiDocument } from './openapi/open-api-document.ts';
export { type OpenApiIndex, openApiHash, openApiIndex } from './openapi/open-api-index.ts';
export type { OpenApiDocument } from './openapi/open-api-types.ts';
export { applyMergePatch } from './patch/merge-patch.ts';
export { PatchError } from './patch/patch-error.ts';
export { applyStrategicMergePatch } from './patch/strategic-merge-patch.ts';
export { encodeMessage } from './protobuf/encode-message.ts';
export { writeEnvelope } from './protobuf/envelope.ts';
export { goDurationFault, parseGoDuration } from './protobuf/go-duration.ts';
export {
  decodeProtobuf,
  encodeProtobuf,
  encodeProtobufList,
  PROTOBUF_MEDIA_TYPE,
  protobufEventHead,
} from './protobuf/protobuf.ts';
export { ProtobufError } from './protobuf/protobuf-error.ts';
export {
  canonicalQuantity,
  formatQuantity,
  milliValue,
  parseQuantity,
  type Quantity,
  QuantityError,
  wholeValue,
} from './quantity/quantity.ts';
export {
  type AnyMessage,
  type Field,
  type Fields,
  type Infer,
  inline,
  list,
  type Message,
  map,
  message,
  one,
} from './schema/fields.ts';
export { isPointer, keepsZero } from './schema/go-shape.ts';
export {
  ALL_VERBS,
  type Column,
  type Kind,
  type KindObject,
  kind,
  type ObjectOf,
  type StoredAs,
  type Subresource,
  type TypeMeta,
  type Verb,
} from './schema/kind.ts';
export { type FieldRequirement, parseFieldSelector } from './selectors/field-selector.ts';
export { formatLabelSelector, formatLabels, labelSelectorText } from './selectors/format-label-selector.ts';
export {
  type Labels,
  matchesLabels,
  parseLabelSelector,
  type Selector,
  SelectorError,
  selectorOf,
} from './selectors/label-selector.ts';
export {
  ApiError,
  alreadyExists,
  badRequest,
  conflict,
  expired,
  forbidden,
  type GroupResource,
  inconsistentContinue,
  internalError,
  invalid,
  methodNotSupported,
  notAcceptable,
  notFound,
  OPTIMISTIC_LOCK_MESSAGE,
  pageNotFound,
  resourceName,
  type StatusCause,
  type StatusDetails,
  statusOf,
  tooManyRequests,
  unauthorized,
  unsupportedMediaType,
} from './status/api-error.ts';
export { excerpt } from './status/excerpt.ts';
export {
  duplicate,
  type FieldError,
  fieldErrorMessage,
  forbiddenField,
  invalidValue,
  notFoundValue,
  notSupported,
  required,
  tooLong,
  tooMany,
} from './status/field-error.ts';
export { STATUS_CODES, type StatusReason } from './status/reason.ts';
export { KUBERNETES_MAJOR, KUBERNETES_MINOR, KUBERNETES_VERSION } from './version.ts';
