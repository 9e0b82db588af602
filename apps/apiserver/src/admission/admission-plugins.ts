import {
  clusterRoles,
  limitRanges,
  namespaces,
  nodes,
  pods,
  priorityClasses,
  roles,
  runtimeClasses,
  serviceAccounts,
  storageClasses,
} from '@hawser/api';
import type { Authorizer, RbacAuthorizer } from '@hawser/authz';
import type { Logger } from '@hawser/observability';
import type { AdmissionPlugin } from '@hawser/registry';
import { systemClock as clock } from '@hawser/runtime';
import type { Resources } from '../hub.ts';
import { certificateAdmission } from './certificates.ts';
import { defaultStorageClass } from './default-storage-class.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction/node-restriction.ts';
import { persistentVolumeClaimResize } from './persistent-volume-claim-resize.ts';
import { priorityAdmission } from './priority.ts';
import { rbacEscalation } from './rbac-escalation.ts';
import { resourceQuotaAdmission } from './resource-quota/resource-quota.ts';
import { runtimeClassAdmission } from './runtime-class.ts';
import { serviceAccountAdmission } from './service-account.ts';
import { storageObjectInUseProtection } from './storage-object-in-use-protection.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

/** All plug-ins, in upstream's order: quotas are charged last, when nothing refuses a write any more. */
export function admissionPlugins(
  resources: Resources,
  authorizer: Authorizer,
  rbac: RbacAuthorizer,
  logger: Logger,
): AdmissionPlugin[] {
  return [
    namespaceLifecycle(resources.lister(namespaces)),
    limitRanger(resources.lister(limitRanges)),
    nodeRestriction({ pods: resources.lister(pods), nodes: resources.lister(nodes) }),
    taintNodesByCondition,
    serviceAccountAdmission(resources.lister(serviceAccounts), clock),
    priorityAdmission(resources.lister(priorityClasses)),
    defaultTolerationSeconds,
    defaultStorageClass(resources.lister(storageClasses)),
    storageObjectInUseProtection,
    persistentVolumeClaimResize(resources.lister(storageClasses)),
    runtimeClassAdmission(resources.lister(runtimeClasses)),
    ...certificateAdmission(authorizer),
    rbacEscalation({
      authorizer,
      listers: { roles: resources.lister(roles), clusterRoles: resources.lister(clusterRoles) },
      rbac,
    }),
    resourceQuotaAdmission({
      resources,
      clock,
      onError: (error) => logger.error({ error }, 'could not give back what was charged to a quota'),
    }),
  ];
}
