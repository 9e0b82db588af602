import { type Identity, SYSTEM_MASTERS } from '@hawser/authn';
import type { RequestInfo } from '@hawser/http';
import type { PriorityLevelName } from './priority-levels.ts';

/** How important a request is, and with which others it shares a queue. */
export interface Classification {
  readonly flowSchema: string;
  /** `exempt` is never held up. */
  readonly priorityLevel: PriorityLevelName | 'exempt';
  /** Requests of one flow wait for each other, those of different flows take turns. */
  readonly flow: string;
}

const PROBES = new Set(['/healthz', '/livez', '/readyz']);
const LEASE_VERBS = new Set(['get', 'create', 'update']);
const KUBE_SYSTEM_ACCOUNT = 'system:serviceaccount:kube-system:';
const CONTROLLER_MANAGER = 'system:kube-controller-manager';
const SCHEDULER = 'system:kube-scheduler';

/** Upstream's suggested flow schemas, in the order of their precedence (…/flowcontrol/bootstrap/default.go). */
export function classify({ name, groups }: Identity, info: RequestInfo): Classification {
  const schema = (flowSchema: string, priorityLevel: Classification['priorityLevel'], flow: string) => ({
    flowSchema,
    priorityLevel,
    flow,
  });
  if (groups.includes(SYSTEM_MASTERS)) return schema('exempt', 'exempt', '');
  if (!info.resourceRequest && info.verb === 'get' && PROBES.has(info.path))
    return schema('probes', 'exempt', '');
  const kubeSystem = name.startsWith(KUBE_SYSTEM_ACCOUNT);
  const controlPlane = kubeSystem || name === CONTROLLER_MANAGER || name === SCHEDULER;
  if (controlPlane && isLease(info) && LEASE_VERBS.has(info.verb))
    return schema('system-leader-election', 'leader-election', name);
  if (groups.includes('system:nodes'))
    return isNodeHeartbeat(info)
      ? schema('system-node-high', 'node-high', name)
      : schema('system-nodes', 'system', name);
  if (name === CONTROLLER_MANAGER) return schema('kube-controller-manager', 'workload-high', info.namespace);
  if (name === SCHEDULER) return schema('kube-scheduler', 'workload-high', info.namespace);
  if (kubeSystem) return schema('kube-system-service-accounts', 'workload-high', info.namespace);
  if (groups.includes('system:serviceaccounts')) return schema('service-accounts', 'workload-low', name);
  return schema('global-default', 'global-default', name);
}

function isLease({ apiGroup, resource }: RequestInfo): boolean {
  return apiGroup === 'coordination.k8s.io' && resource === 'leases';
}

/** A node's own state and its lease: what keeps it from being taken for lost. */
function isNodeHeartbeat(info: RequestInfo): boolean {
  if (isLease(info)) return true;
  const { resourceRequest, apiGroup, resource, subresource } = info;
  const own = subresource === '' || subresource === 'status';
  return resourceRequest && apiGroup === '' && resource === 'nodes' && own;
}
