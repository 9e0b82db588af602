import {
  certificateSigningRequests,
  clusterRoleBindings,
  clusterRoles,
  configMaps,
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
} from '@hawser/api';
import type { Strategy } from '../strategy.ts';
import { certificateSigningRequestStrategy } from './certificate-signing-request.ts';
import { configMapStrategy } from './config-map.ts';
import { eventStrategy } from './event.ts';
import { limitRangeStrategy } from './limit-range.ts';
import { namespaceStrategy } from './namespace.ts';
import { nodeStrategy } from './node.ts';
import { podStrategy } from './pod.ts';
import { podDisruptionBudgetStrategy } from './pod-disruption-budget.ts';
import { bindingStrategy, roleStrategy } from './rbac.ts';
import { resourceQuotaStrategy } from './resource-quota.ts';
import { secretStrategy } from './secret.ts';

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
]);

/** What is particular to a kind; nothing, where its table says it all. */
export function strategyFor(kind: Kind): Strategy {
  return (strategies.get(kind) as Strategy | undefined) ?? {};
}
