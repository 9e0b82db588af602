import { configMap, shellPod } from '../../cluster/objects.ts';
import type { Unauthorized } from './attempt.ts';

const RELATION = "no relationship found between node 'node-1' and this object";
const READ_ONLY = 'can only read resources of this type';
const ONE_BY_ONE = 'can only get individual resources of this type';
const TOKENS = 'can only create tokens for individual service accounts';
const OTHER_LEASE = 'can only access node lease with the same name as the requesting node';
const CSI_NODE = 'can only access CSINode with the same name as the requesting node';
const OTHER_NODE = "node 'node-1' cannot change 'node-2', only its own Node object";

const CORE = '/api/v1';
const NS = `${CORE}/namespaces/{ns}`;
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces';

const MERGE = { 'content-type': 'application/merge-patch+json' };
const STRATEGIC = { 'content-type': 'application/strategic-merge-patch+json' };
const JSON_PATCH = { 'content-type': 'application/json-patch+json' };
const APPLY = { 'content-type': 'application/apply-patch+yaml' };

type Rest = Omit<Unauthorized, 'request' | 'verb'>;
const create = (path: string, rest: Rest = {}): Unauthorized => ({
  request: `POST ${path}`,
  verb: 'create',
  body: {},
  ...rest,
});
const update = (path: string, rest: Rest = {}): Unauthorized => ({
  request: `PUT ${path}`,
  verb: 'update',
  body: {},
  ...rest,
});
const patch = (path: string, rest: Rest = {}): Unauthorized => ({
  request: `PATCH ${path}`,
  verb: 'patch',
  body: {},
  headers: MERGE,
  ...rest,
});
const remove = (path: string, rest: Rest = {}): Unauthorized => ({
  request: `DELETE ${path}`,
  verb: 'delete',
  ...rest,
});
const removeAll = (path: string, rest: Rest = {}): Unauthorized => ({
  ...remove(path, rest),
  verb: 'deletecollection',
});

const label = { metadata: { labels: { a: 'b' } } };
const everything = { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] };
const toClusterAdmin = {
  metadata: { name: 'mine' },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:node:node-1' }],
};

/** What a node may not write, whatever it says. */
export const forbiddenWrites: readonly Unauthorized[] = [
  ...['secrets', 'configmaps'].flatMap((resource) => [
    create(`${NS}/${resource}`, { body: { metadata: { name: 'new' } }, reason: READ_ONLY }),
    update(`${NS}/${resource}/mine`, { reason: READ_ONLY }),
    patch(`${NS}/${resource}/mine`, { body: { data: {} }, reason: READ_ONLY }),
    remove(`${NS}/${resource}/mine`, { reason: READ_ONLY }),
    removeAll(`${NS}/${resource}`, { reason: READ_ONLY }),
  ]),
  create(`${CORE}/namespaces/kube-public/configmaps`, { body: configMap('x'), reason: READ_ONLY }),
  update(`${NS}/persistentvolumeclaims/mine`, { reason: ONE_BY_ONE }),
  patch(`${NS}/persistentvolumeclaims/theirs/status`, { reason: RELATION }),
  patch(`${CORE}/persistentvolumes/mine`, { reason: ONE_BY_ONE }),
  create(`${NS}/serviceaccounts`, { reason: TOKENS }),
  patch(`${NS}/serviceaccounts/mine`, { reason: TOKENS }),
  create(`${NS}/serviceaccounts/theirs/token`, { reason: RELATION }),
  create(`${CORE}/namespaces/kube-system/serviceaccounts/clusterrole-aggregation-controller/token`, {
    reason: RELATION,
  }),
  // Of its own pods a node writes the status alone, in whatever form.
  patch(`${NS}/pods/mine`, { body: label, name: 'its own pod: merge patch' }),
  patch(`${NS}/pods/mine`, { body: label, headers: STRATEGIC, name: 'its own pod: strategic merge patch' }),
  patch(`${NS}/pods/mine`, {
    body: [{ op: 'add', path: '/metadata/labels', value: { a: 'b' } }],
    headers: JSON_PATCH,
    name: 'its own pod: JSON patch',
  }),
  patch(`${NS}/pods/mine?fieldManager=x`, {
    body: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'mine', labels: { a: 'b' } } },
    headers: APPLY,
    name: 'its own pod: server-side apply',
  }),
  patch(`${NS}/pods/new?fieldManager=x`, {
    body: { ...shellPod('new', 'true'), apiVersion: 'v1', kind: 'Pod' },
    headers: APPLY,
    name: 'a new pod: server-side apply',
  }),
  update(`${NS}/pods/mine`),
  patch(`${NS}/pods/theirs/status`, { body: { status: { phase: 'Failed' } }, reason: RELATION }),
  patch(`${NS}/pods/pending/status`, { body: { status: { phase: 'Failed' } }, reason: RELATION }),
  remove(`${NS}/pods/theirs`, { reason: RELATION }),
  removeAll(`${NS}/pods`),
  removeAll(`${NS}/pods?fieldSelector=spec.nodeName%3Dnode-1`),
  create(`${NS}/pods/theirs/eviction`, { reason: RELATION }),
  create(`${NS}/pods/pending/binding`, { body: { target: { kind: 'Node', name: 'node-1' } } }),
  create(`${NS}/bindings`, { body: { metadata: { name: 'pending' }, target: { name: 'node-1' } } }),
  patch(`${NS}/pods/mine/ephemeralcontainers`, { headers: STRATEGIC }),
  patch(`${NS}/pods/mine/resize`, { headers: STRATEGIC }),
  create(`${NS}/pods/mine/exec?command=id&container=main`),
  create(`${NS}/pods/mine/attach`),
  create(`${NS}/pods/mine/portforward`),
  create(`${NS}/pods/mine/proxy`),
  remove(`${CORE}/nodes/node-1`),
  remove(`${CORE}/nodes/node-2`),
  removeAll(`${CORE}/nodes`),
  patch(`${CORE}/nodes/node-2`, { body: label, reason: OTHER_NODE }),
  patch(`${CORE}/nodes/node-2/status`, { body: { status: {} }, reason: OTHER_NODE }),
  update(`${CORE}/nodes/node-2`, { reason: OTHER_NODE }),
  create(`${CORE}/nodes/node-1/proxy/run/{ns}/mine/main`),
  update(`${LEASES}/kube-node-lease/leases/node-2`, { reason: OTHER_LEASE }),
  remove(`${LEASES}/kube-node-lease/leases/node-2`, { reason: OTHER_LEASE }),
  patch(`${LEASES}/kube-system/leases/kube-scheduler`, {
    reason: 'can only access leases in the "kube-node-lease" system namespace',
  }),
  update('/apis/storage.k8s.io/v1/csinodes/node-2', { reason: CSI_NODE }),
  patch('/apis/storage.k8s.io/v1/volumeattachments/mine/status', { reason: ONE_BY_ONE }),
  update(`${CSRS}/any/approval`),
  patch(`${CSRS}/any/status`),
  remove(`${CSRS}/any`),
  create(`${RBAC}/clusterrolebindings`, { body: toClusterAdmin }),
  create(`${RBAC}/clusterroles`, { body: { metadata: { name: 'mine' }, ...everything } }),
  patch(`${RBAC}/clusterroles/system:node`, { body: everything }),
  create(`${RBAC}/namespaces/{ns}/rolebindings`, { body: toClusterAdmin }),
  patch(`${CORE}/namespaces/{ns}`, { body: label }),
  create(`${NS}/services`, { body: { metadata: { name: 'x' } } }),
  create('/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices'),
  patch(`${NS}/services/web/status`),
  create('/apis/apps/v1/namespaces/{ns}/daemonsets'),
  create('/apis/storage.k8s.io/v1/csidrivers'),
];
