import type { Attempt, Unauthorized } from './attempt.ts';

const RELATION = "no relationship found between node 'node-1' and this object";
const NO_NAME = 'No Object name found';
const ONE_BY_ONE = 'can only get individual resources of this type';
const NAMESPACED = 'can only read namespaced object of this type';
const SELECTOR = 'can only list/watch pods with spec.nodeName field selector';
const TOKENS = 'can only create tokens for individual service accounts';
const LEASES = 'can only access node lease with the same name as the requesting node';
const LEASE_VERBS = 'can only get, create, update, patch, or delete a node lease';
const LEASE_PLACE = 'can only access leases in the "kube-node-lease" system namespace';
const CSI_NODE = 'can only access CSINode with the same name as the requesting node';
const CSI_NODE_VERBS = 'can only get, create, update, patch, or delete a CSINode';

const CORE = '/api/v1';
const NS = `${CORE}/namespaces/{ns}`;
const LEASE_PATH = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const STORAGE = '/apis/storage.k8s.io/v1';

const get = (path: string, reason?: string): Unauthorized => ({
  request: `GET ${path}`,
  verb: 'get',
  ...(reason === undefined ? {} : { reason }),
});
const list = (path: string, reason?: string): Unauthorized => ({ ...get(path, reason), verb: 'list' });
const watch = (path: string, reason?: string): Unauthorized => ({
  ...get(`${path}${path.includes('?') ? '&' : '?'}watch=true`, reason),
  verb: 'watch',
});
const named = (name: string) => `?fieldSelector=metadata.name%3D${name}`;

/** What a node may not read. */
export const forbiddenReads: readonly Unauthorized[] = [
  ...['secrets', 'configmaps'].flatMap((resource) => [
    get(`${NS}/${resource}/theirs`, RELATION),
    get(`${NS}/${resource}/pending`, RELATION),
    get(`${NS}/${resource}/loose`, RELATION),
    get(`${NS}/${resource}/absent`, RELATION),
    get(`${CORE}/namespaces/kube-system/${resource}/mine`, RELATION),
    list(`${NS}/${resource}`, NO_NAME),
    watch(`${NS}/${resource}`, NO_NAME),
    list(`${CORE}/${resource}`, NAMESPACED),
    watch(`${CORE}/${resource}`, NAMESPACED),
    list(`${NS}/${resource}${named('theirs')}`, RELATION),
    watch(`${NS}/${resource}${named('theirs')}`, RELATION),
    list(`${CORE}/${resource}${named('mine')}`, NAMESPACED),
    list(`${NS}/${resource}?fieldSelector=metadata.name!%3Dx`, NO_NAME),
    list(`${NS}/${resource}?fieldSelector=metadata.namespace%3D{ns}`, NO_NAME),
    list(`${NS}/${resource}?labelSelector=a%3Db`, NO_NAME),
    list(`${NS}/${resource}?limit=1&resourceVersion=0`, NO_NAME),
  ]),
  get(`${NS}/persistentvolumeclaims/theirs`, RELATION),
  list(`${NS}/persistentvolumeclaims`, ONE_BY_ONE),
  list(`${NS}/persistentvolumeclaims${named('mine')}`, ONE_BY_ONE),
  get(`${CORE}/persistentvolumes/theirs`, RELATION),
  list(`${CORE}/persistentvolumes`, ONE_BY_ONE),
  get(`${STORAGE}/volumeattachments/theirs`, RELATION),
  list(`${STORAGE}/volumeattachments`, ONE_BY_ONE),
  get(`/apis/resource.k8s.io/v1/namespaces/{ns}/resourceclaims/theirs`, RELATION),
  get(`${NS}/serviceaccounts/theirs`, RELATION),
  list(`${NS}/serviceaccounts`, TOKENS),
  list(`${CORE}/serviceaccounts`, TOKENS),
  list(`${CORE}/pods`, SELECTOR),
  watch(`${CORE}/pods`, SELECTOR),
  list(`${NS}/pods`, SELECTOR),
  list(`${CORE}/pods?fieldSelector=spec.nodeName%3Dnode-2`, SELECTOR),
  watch(`${CORE}/pods?fieldSelector=spec.nodeName%3Dnode-2`, SELECTOR),
  list(`${CORE}/pods?fieldSelector=spec.nodeName!%3Dnode-1`, SELECTOR),
  list(`${CORE}/pods?fieldSelector=spec.nodeName%3D`, SELECTOR),
  list(`${CORE}/pods?labelSelector=spec.nodeName%3Dnode-1`, SELECTOR),
  get(`${NS}/pods/theirs`, RELATION),
  get(`${NS}/pods/pending`, RELATION),
  watch(`${NS}/pods${named('theirs')}`, RELATION),
  get(`${NS}/pods/mine/log`),
  get(`${NS}/pods/mine/status`),
  get(`${NS}/pods/mine/proxy`),
  get(`${NS}/services/web/proxy/path`),
  get(`${CORE}/nodes/node-2/status`),
  get(`${CORE}/nodes/node-1/proxy/pods`),
  get(`${CORE}/nodes/node-2/proxy/pods`),
  get(`${LEASE_PATH}/node-2`, LEASES),
  list(LEASE_PATH, LEASE_VERBS),
  get('/apis/coordination.k8s.io/v1/namespaces/default/leases/node-1', LEASE_PLACE),
  get(`${STORAGE}/csinodes/node-2`, CSI_NODE),
  list(`${STORAGE}/csinodes`, CSI_NODE_VERBS),
  get(`${CORE}/namespaces/{ns}`),
  list(`${CORE}/namespaces`),
  list(`${CORE}/events`),
  list('/apis/rbac.authorization.k8s.io/v1/clusterroles'),
  get('/apis/apps/v1/namespaces/{ns}/deployments/web'),
  get('/metrics'),
  get('/debug/pprof/'),
  get('/logs/'),
];

/** What a node reads as it should: the table above would pass as well were everything refused. */
export const permittedReads: readonly Attempt[] = [
  { request: `GET ${NS}/secrets/mine` },
  { request: `GET ${NS}/configmaps/mine` },
  { request: `GET ${NS}/secrets${named('mine')}` },
  { request: `GET ${NS}/configmaps${named('mine')}` },
  { request: `GET ${NS}/persistentvolumeclaims/mine` },
  { request: `GET ${CORE}/persistentvolumes/mine` },
  { request: `GET ${STORAGE}/volumeattachments/mine` },
  { request: `GET ${NS}/serviceaccounts/mine` },
  { request: `GET ${CORE}/pods?fieldSelector=spec.nodeName%3Dnode-1` },
  { request: `GET ${NS}/pods?fieldSelector=spec.nodeName%3Dnode-1,status.phase!%3DFailed` },
  { request: `GET ${NS}/pods/mine` },
  { request: `GET ${CORE}/nodes/node-1` },
  { request: `GET ${CORE}/nodes${named('node-1')}` },
  { request: `GET ${LEASE_PATH}/node-1` },
  { request: `GET ${CORE}/services` },
  { request: `GET ${STORAGE}/csidrivers` },
  { request: 'GET /apis/node.k8s.io/v1/runtimeclasses' },
  { request: 'GET /apis/certificates.k8s.io/v1/certificatesigningrequests' },
  {
    request: 'GET /apis/coordination.k8s.io/v1/namespaces/kube-system/leases',
    name: 'for its Konnectivity agent: GET leases in kube-system',
  },
  // The group of nodes is bound to system:node-proxier, for their kube-proxies.
  { request: 'GET /apis/discovery.k8s.io/v1/endpointslices', name: 'for its kube-proxy: GET endpointslices' },
  { request: `GET ${CORE}/nodes`, name: 'for its kube-proxy: GET nodes' },
  { request: 'GET /version' },
];
