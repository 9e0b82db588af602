import {
  certificateSigningRequests,
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  csiDrivers,
  csiNodes,
  csiStorageCapacities,
  endpointSlices,
  endpoints,
  events,
  type Kind,
  leases,
  limitRanges,
  namespaces,
  nodes,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  pods,
  priorityClasses,
  resourceQuotas,
  roleBindings,
  roles,
  runtimeClasses,
  secrets,
  serviceAccounts,
  services,
  storageClasses,
  volumeAttachments,
  volumeAttributesClasses,
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { certificateSigningRequestStrategy } from './certificate-signing-request.ts';
import { configMapStrategy } from './config-map.ts';
import { csiDriverStrategy, csiNodeStrategy, csiStorageCapacityStrategy } from './csi.ts';
import { endpointSliceStrategy } from './endpoint-slice.ts';
import { endpointsStrategy } from './endpoints.ts';
import { eventStrategy } from './event.ts';
import { limitRangeStrategy } from './limit-range.ts';
import { namespaceStrategy } from './namespace.ts';
import { nodeStrategy } from './node.ts';
import { persistentVolumeStrategy } from './persistent-volume.ts';
import { persistentVolumeClaimStrategy } from './persistent-volume-claim.ts';
import { podStrategy } from './pod.ts';
import { podDisruptionBudgetStrategy } from './pod-disruption-budget.ts';
import { priorityClassStrategy } from './priority-class.ts';
import { bindingStrategy, roleStrategy } from './rbac.ts';
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
  [events, eventStrategy],
  [leases, { allowCreateOnUpdate: true } satisfies Strategy],
  [limitRanges, limitRangeStrategy],
  [namespaces, namespaceStrategy],
  [nodes, nodeStrategy],
  [podDisruptionBudgets, podDisruptionBudgetStrategy],
  [pods, podStrategy],
  [resourceQuotas, resourceQuotaStrategy],
  [persistentVolumeClaims, persistentVolumeClaimStrategy],
  [persistentVolumes, persistentVolumeStrategy],
  [priorityClasses, priorityClassStrategy],
  [roleBindings, bindingStrategy],
  [roles, roleStrategy],
  [runtimeClasses, runtimeClassStrategy],
  [secrets, secretStrategy],
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
