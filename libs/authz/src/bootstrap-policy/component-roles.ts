import type { ClusterRole } from '@hawser/api';
import { clusterRole, EVENTS, Group, READ, READ_UPDATE, READ_WRITE, rule } from './policy-builders.ts';

const approver = (signer: string): ClusterRole =>
  clusterRole(`system:certificates.k8s.io:${signer}-approver`, [
    rule('approve', Group.certificates, 'signers', `kubernetes.io/${signer}`),
  ]);

/** Whoever may create this virtual subresource has requests of that sort approved by themselves. */
const approvedRequests = (sort: string): ClusterRole =>
  clusterRole(`system:certificates.k8s.io:certificatesigningrequests:${sort}`, [
    rule('create', Group.certificates, `certificatesigningrequests/${sort}`),
  ]);

const REVIEWS = [
  rule('create', Group.authentication, 'tokenreviews'),
  rule('create', Group.authorization, 'subjectaccessreviews'),
];

const scheduler = clusterRole('system:kube-scheduler', [
  EVENTS,
  rule('create', Group.coordination, 'leases'),
  rule([...READ, 'update'], Group.coordination, 'leases', 'kube-scheduler'),
  rule(READ_WRITE, Group.coordination, 'leasecandidates'),
  rule(READ, Group.core, 'nodes'),
  rule([...READ, 'delete'], Group.core, 'pods'),
  rule('create', Group.core, ['bindings', 'pods/binding']),
  rule(['patch', 'update'], Group.core, 'pods/status'),
  rule(READ, Group.core, ['replicationcontrollers', 'services']),
  rule(READ, [Group.apps, Group.extensions], 'replicasets'),
  rule(READ, Group.apps, 'statefulsets'),
  rule(READ, Group.policy, 'poddisruptionbudgets'),
  rule(READ, Group.core, ['persistentvolumeclaims', 'persistentvolumes']),
  ...REVIEWS,
  rule(READ, Group.storage, 'csinodes'),
  rule(READ, Group.storage, 'volumeattachments'),
  rule(READ, Group.core, 'namespaces'),
  rule(READ, Group.storage, 'csidrivers'),
  rule(READ, Group.storage, 'csistoragecapacities'),
  rule(READ, Group.resource, 'deviceclasses'),
  rule(READ_UPDATE, Group.resource, 'resourceclaims'),
  rule(READ_UPDATE, Group.resource, 'resourceclaims/status'),
  rule('update', Group.core, 'pods/finalizers'),
  rule(READ, Group.resource, 'resourceslices'),
  rule(['create', 'delete'], Group.resource, 'resourceclaims'),
  rule(['patch', 'update'], Group.resource, 'resourceclaims/binding'),
]);

const controllerManager = clusterRole('system:kube-controller-manager', [
  EVENTS,
  rule('create', Group.coordination, 'leases'),
  rule(['get', 'update'], Group.coordination, 'leases', 'kube-controller-manager'),
  rule('create', Group.core, ['secrets', 'serviceaccounts']),
  rule('delete', Group.core, 'secrets'),
  rule('get', Group.core, ['configmaps', 'namespaces', 'secrets', 'serviceaccounts']),
  rule('update', Group.core, ['secrets', 'serviceaccounts']),
  ...REVIEWS,
  rule(['list', 'watch'], Group.all, '*'),
  rule('create', Group.core, 'serviceaccounts/token'),
]);

/** Roles of the control plane's own parts, and of those that are commonly put beside it. */
export const componentRoles: readonly ClusterRole[] = [
  scheduler,
  controllerManager,
  clusterRole('system:auth-delegator', REVIEWS),
  clusterRole('system:heapster', [
    rule(READ, Group.core, ['events', 'namespaces', 'nodes', 'pods']),
    rule(READ, Group.extensions, 'deployments'),
  ]),
  clusterRole('system:kube-aggregator', [rule(READ, Group.core, ['endpoints', 'services'])]),
  clusterRole('system:kube-dns', [rule(['list', 'watch'], Group.core, ['endpoints', 'services'])]),
  clusterRole('system:persistent-volume-provisioner', [
    rule([...READ, 'create', 'delete'], Group.core, 'persistentvolumes'),
    rule([...READ, 'update'], Group.core, 'persistentvolumeclaims'),
    rule(READ, Group.storage, 'storageclasses'),
    rule('watch', Group.core, 'events'),
    EVENTS,
  ]),
  clusterRole('system:volume-scheduler', [
    rule(READ_UPDATE, Group.core, 'persistentvolumes'),
    rule(READ, Group.storage, 'storageclasses'),
    rule(READ_UPDATE, Group.core, 'persistentvolumeclaims'),
  ]),
  approvedRequests('nodeclient'),
  approvedRequests('selfnodeclient'),
  approver('legacy-unknown'),
  approver('kubelet-serving'),
  approver('kube-apiserver-client'),
  approver('kube-apiserver-client-kubelet'),
];
