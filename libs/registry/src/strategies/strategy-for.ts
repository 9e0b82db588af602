import {
  certificateSigningRequests,
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  controllerRevisions,
  cronJobs,
  csiDrivers,
  csiNodes,
  csiStorageCapacities,
  daemonSets,
  deployments,
  endpointSlices,
  endpoints,
  events,
  eventsV1Events,
  ingressClasses,
  ingresses,
  jobs,
  type Kind,
  leases,
  limitRanges,
  namespaces,
  networkPolicies,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  pods,
  podTemplates,
  priorityClasses,
  replicaSets,
  replicationControllers,
  resourceQuotas,
  roleBindings,
  roles,
  runtimeClasses,
  secrets,
  serviceAccounts,
  services,
  statefulSets,
  storageClasses,
  volumeAttachments,
  volumeAttributesClasses,
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { controllerRevisionStrategy } from './apps/controller-revision.ts';
import { daemonSetStrategy } from './apps/daemon-set.ts';
import { deploymentStrategy } from './apps/deployment.ts';
import { replicaSetStrategy } from './apps/replica-set.ts';
import { statefulSetStrategy } from './apps/stateful-set.ts';
import { cronJobStrategy } from './batch/cron-job.ts';
import { jobStrategy } from './batch/job.ts';
import { certificateSigningRequestStrategy } from './certificates/certificate-signing-request.ts';
import { configMapStrategy } from './config-map.ts';
import { csiDriverStrategy, csiNodeStrategy, csiStorageCapacityStrategy } from './csi.ts';
import { endpointSliceStrategy } from './endpoint-slice.ts';
import { endpointsStrategy } from './endpoints.ts';
import { eventStrategy, eventsV1EventStrategy } from './event.ts';
import { leaseStrategy } from './lease.ts';
import { limitRangeStrategy } from './limit-range.ts';
import { namespaceStrategy } from './namespace.ts';
import { ingressStrategy } from './networking/ingress.ts';
import { ingressClassStrategy } from './networking/ingress-class.ts';
import { networkPolicyStrategy } from './networking/network-policy.ts';
import { nodeStrategy } from './node.ts';
import { persistentVolumeStrategy } from './persistent-volume.ts';
import { persistentVolumeClaimStrategy } from './persistent-volume-claim.ts';
import { podStrategy } from './pod.ts';
import { podDisruptionBudgetStrategy } from './pod-disruption-budget.ts';
import { podTemplateStrategy } from './pod-template-kind.ts';
import { priorityClassStrategy } from './priority-class.ts';
import { bindingStrategy, roleStrategy } from './rbac.ts';
import { replicationControllerStrategy } from './replication-controller.ts';
import { resourceQuotaStrategy } from './resource-quota.ts';
import { runtimeClassStrategy } from './runtime-class.ts';
import { secretStrategy } from './secret.ts';
import { serviceStrategy } from './service.ts';
import { storageClassStrategy, volumeAttributesClassStrategy } from './storage-class.ts';
import { volumeAttachmentStrategy } from './volume-attachment.ts';

// Each strategy speaks of its own object type; here they are used through what all have in common.
const strategies = new Map<Kind, unknown>([
  [certificateSigningRequests, certificateSigningRequestStrategy],
  [clusterRoleBindings, bindingStrategy],
  [clusterRoles, roleStrategy],
  [configMaps, configMapStrategy],
  [csiDrivers, csiDriverStrategy],
  [csiNodes, csiNodeStrategy],
  [csiStorageCapacities, csiStorageCapacityStrategy],
  [controllerRevisions, controllerRevisionStrategy],
  [cronJobs, cronJobStrategy],
  [daemonSets, daemonSetStrategy],
  [deployments, deploymentStrategy],
  [events, eventStrategy],
  [ingressClasses, ingressClassStrategy],
  [ingresses, ingressStrategy],
  [jobs, jobStrategy],
  [leases, leaseStrategy],
  [eventsV1Events, eventsV1EventStrategy],
  [limitRanges, limitRangeStrategy],
  [namespaces, namespaceStrategy],
  [networkPolicies, networkPolicyStrategy],
  [nodes, nodeStrategy],
  [podDisruptionBudgets, podDisruptionBudgetStrategy],
  [pods, podStrategy],
  [podTemplates, podTemplateStrategy],
  [resourceQuotas, resourceQuotaStrategy],
  [persistentVolumeClaims, persistentVolumeClaimStrategy],
  [persistentVolumes, persistentVolumeStrategy],
  [priorityClasses, priorityClassStrategy],
  [replicaSets, replicaSetStrategy],
  [replicationControllers, replicationControllerStrategy],
  [roleBindings, bindingStrategy],
  [roles, roleStrategy],
  [runtimeClasses, runtimeClassStrategy],
  [secrets, secretStrategy],
  [statefulSets, statefulSetStrategy],
  [serviceAccounts, { returnDeletedObject: true } satisfies Strategy],
  [services, serviceStrategy],
  [storageClasses, storageClassStrategy],
  [volumeAttachments, volumeAttachmentStrategy],
  [volumeAttributesClasses, volumeAttributesClassStrategy],
]);

/** What the cluster allows, where a strategy has to know. */
export interface StrategySettings {
  /** Endpoints may be on loopback addresses (`--allow-loopback-targets`). */
  readonly allowLoopback?: boolean;
}

const configured = new Map<Kind, (settings: StrategySettings) => unknown>([
  [endpoints, ({ allowLoopback = false }) => endpointsStrategy(allowLoopback)],
  [endpointSlices, ({ allowLoopback = false }) => endpointSliceStrategy(allowLoopback)],
]);

/** What is particular to a kind; nothing, where its table says it all. */
export function strategyFor(kind: Kind, settings: StrategySettings = {}): Strategy {
  const found = configured.get(kind)?.(settings) ?? strategies.get(kind);
  return (found as Strategy | undefined) ?? {};
}
