import {
  certificateSigningRequests,
  clusterRoleBindings,
  clusterRoles,
  configMaps,
  endpointSlices,
  endpoints,
  events,
  type Kind,
  leases,
  limitRanges,
  namespaces,
  nodes,
  podDisruptionBudgets,
  pods,
  resourceQuotas,
  roleBindings,
  roles,
  secrets,
  serviceAccounts,
  services,
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { certificateSigningRequestStrategy } from './certificate-signing-request.ts';
import { configMapStrategy } from './config-map.ts';
import { endpointSliceStrategy } from './endpoint-slice.ts';
import { endpointsStrategy } from './endpoints.ts';
import { eventStrategy } from './event.ts';
import { limitRangeStrategy } from './limit-range.ts';
import { namespaceStrategy } from './namespace.ts';
import { nodeStrategy } from './node.ts';
import { podStrategy } from './pod.ts';
import { podDisruptionBudgetStrategy } from './pod-disruption-budget.ts';
import { bindingStrategy, roleStrategy } from './rbac.ts';
import { resourceQuotaStrategy } from './resource-quota.ts';
import { secretStrategy } from './secret.ts';
import { serviceStrategy } from './service.ts';

// Each strategy speaks of its own object type; here they are used through what all have in common.
const strategies = new Map<Kind, unknown>([
  [certificateSigningRequests, certificateSigningRequestStrategy],
  [clusterRoleBindings, bindingStrategy],
  [clusterRoles, roleStrategy],
  [configMaps, configMapStrategy],
  [events, eventStrategy],
  [leases, { allowCreateOnUpdate: true } satisfies Strategy],
  [limitRanges, limitRangeStrategy],
  [namespaces, namespaceStrategy],
  [nodes, nodeStrategy],
  [podDisruptionBudgets, podDisruptionBudgetStrategy],
  [pods, podStrategy],
  [resourceQuotas, resourceQuotaStrategy],
  [roleBindings, bindingStrategy],
  [roles, roleStrategy],
  [secrets, secretStrategy],
  [serviceAccounts, { returnDeletedObject: true } satisfies Strategy],
  [services, serviceStrategy],
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
