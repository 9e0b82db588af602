import { expect, test } from 'bun:test';
import type { PersistentVolume, Pod, VolumeAttachment } from '@hawser/api';
import type { Identity } from '@hawser/authn';
import { StaticLister } from '@hawser/authn/testing';
import type { Attributes } from '../authorizer.ts';
import { NodeAuthorizer } from './node-authorizer.ts';

const node = (name: string): Identity => ({
  name: `system:node:${name}`,
  groups: ['system:nodes', 'system:authenticated'],
  extra: {},
});

/** A pod that has a Secret, a ConfigMap, a claim and an account, all called after it. */
const pod = (name: string, nodeName: string | undefined, namespace = 'ns'): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace, uid: name },
  spec: {
    containers: [],
    nodeName,
    serviceAccountName: name,
    volumes: [
      { name: 's', secret: { secretName: name } },
      { name: 'c', configMap: { name } },
      { name: 'v', persistentVolumeClaim: { claimName: name } },
    ],
  },
});

/** A volume bound to the claim of its name, which takes Secrets to be mounted, attached and grown. */
const volume = (name: string, bound = true): PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name },
  spec: {
    ...(bound && { claimRef: { namespace: 'ns', name } }),
    csi: {
      driver: 'd',
      volumeHandle: name,
      nodePublishSecretRef: { name: `${name}-mount`, namespace: 'drivers' },
      controllerPublishSecretRef: { name: `${name}-attach`, namespace: 'drivers' },
    },
    cephfs: { monitors: [], secretRef: { name: `${name}-ceph` } },
  },
});

const attachment = (name: string, nodeName: string): VolumeAttachment => ({
  apiVersion: 'storage.k8s.io/v1',
  kind: 'VolumeAttachment',
  metadata: { name },
  spec: { attacher: 'd', nodeName, source: { persistentVolumeName: name } },
});

const selecting = (field: string, value: string, equal = true) => ({
  fieldSelector: [{ field, equal, value }],
});

/** `get -/pods/log ns/name`, with `-` for what is empty, or `get /path`. */
function asks(identity: Identity, question: string, more: Partial<Attributes> = {}): Attributes {
  const [verb, what, where = '-/-'] = question.split(' ') as [string, string, string?];
  const part = (text: string, at: number) => {
    const value = text.split('/')[at] ?? '';
    return value === '-' ? '' : value;
  };
  const resourceRequest = !what.startsWith('/');
  return {
    ...{ identity, verb, resourceRequest, path: what },
    ...{ apiGroup: part(what, 0), resource: part(what, 1), subresource: part(what, 2) },
    ...{ namespace: part(where, 0), name: part(where, 1) },
    ...more,
  };
}

function cluster() {
  const pods = new StaticLister([pod('mine', 'n1'), pod('theirs', 'n2'), pod('pending', undefined)]);
  const persistentVolumes = new StaticLister([volume('mine'), volume('theirs'), volume('free', false)]);
  const volumeAttachments = new StaticLister([attachment('mine', 'n1'), attachment('theirs', 'n2')]);
  const authorizer = new NodeAuthorizer({ pods, persistentVolumes, volumeAttachments });
  const verdict = (question: string, more?: Partial<Attributes>, as = node('n1')) =>
    authorizer.authorize(asks(as, question, more)).verdict;
  return { pods, persistentVolumes, authorizer, verdict };
}

const permitted: { question: string; more?: Partial<Attributes> }[] = [
  { question: 'get -/secrets ns/mine' },
  { question: 'watch -/secrets ns/mine' },
  { question: 'list -/configmaps ns/mine' },
  { question: 'get -/persistentvolumeclaims ns/mine' },
  { question: 'patch -/persistentvolumeclaims/status ns/mine' },
  { question: 'get -/persistentvolumes -/mine' },
  { question: 'get -/secrets drivers/mine-mount' },
  { question: 'get -/secrets ns/mine-ceph' },
  { question: 'get storage.k8s.io/volumeattachments -/mine' },
  { question: 'update storage.k8s.io/csinodes -/n1' },
  { question: 'create -/serviceaccounts/token ns/mine' },
  { question: 'get -/serviceaccounts ns/mine' },
  { question: 'get -/pods ns/mine' },
  { question: 'list -/pods', more: selecting('spec.nodeName', 'n1') },
  { question: 'watch -/pods ns/-', more: selecting('spec.nodeName', 'n1') },
  { question: 'watch -/pods ns/mine' },
  { question: 'patch -/pods/status ns/mine' },
  { question: 'create -/pods/eviction ns/mine' },
  { question: 'delete -/pods ns/mine' },
  { question: 'delete -/pods ns/gone' },
  { question: 'patch -/pods/status ns/gone' },
  { question: 'create -/nodes' },
  { question: 'get -/nodes -/n1' },
  { question: 'watch -/nodes -/n1' },
  { question: 'patch -/nodes/status -/n1' },
  { question: 'update -/nodes -/n1' },
  { question: 'create coordination.k8s.io/leases kube-node-lease/-' },
  { question: 'update coordination.k8s.io/leases kube-node-lease/n1' },
  { question: 'get storage.k8s.io/csinodes -/n1' },
  { question: 'create certificates.k8s.io/certificatesigningrequests' },
  { question: 'watch certificates.k8s.io/certificatesigningrequests' },
  { question: 'create authentication.k8s.io/tokenreviews' },
  { question: 'create authorization.k8s.io/subjectaccessreviews' },
  { question: 'list -/services' },
  { question: 'create -/events ns/-' },
  { question: 'list node.k8s.io/runtimeclasses' },
];
for (const { question, more } of permitted)
  test(`a node may ${question}`, () => expect(cluster().verdict(question, more)).toBe('allow'));

/** What somebody with the key of n1 would try next. */
const attacks: { question: string; more?: Partial<Attributes> }[] = [
  { question: 'get -/secrets ns/theirs' },
  { question: 'get -/secrets ns/pending' },
  { question: 'get -/secrets other/mine' },
  { question: 'get -/secrets -/mine' },
  { question: 'list -/secrets' },
  { question: 'list -/secrets ns/-' },
  { question: 'watch -/secrets ns/-' },
  { question: 'update -/secrets ns/mine' },
  { question: 'delete -/secrets ns/mine' },
  { question: 'create -/secrets ns/-' },
  { question: 'list -/configmaps ns/-' },
  { question: 'get -/configmaps ns/theirs' },
  { question: 'create -/serviceaccounts/token ns/theirs' },
  { question: 'create -/serviceaccounts/token kube-system/clusterrole-aggregation-controller' },
  { question: 'create -/serviceaccounts/token ns/-' },
  { question: 'list -/serviceaccounts ns/-' },
  { question: 'create -/serviceaccounts ns/-' },
  { question: 'impersonate -/serviceaccounts ns/mine' },
  { question: 'list -/pods' },
  { question: 'list -/pods ns/-' },
  { question: 'list -/pods', more: selecting('spec.nodeName', 'n2') },
  { question: 'list -/pods', more: selecting('spec.nodeName', 'n1', false) },
  { question: 'list -/pods', more: selecting('metadata.name', 'n1') },
  { question: 'deletecollection -/pods', more: selecting('spec.nodeName', 'n1') },
  { question: 'get -/pods ns/theirs' },
  { question: 'get -/pods ns/theirs', more: selecting('spec.nodeName', 'n1') },
  { question: 'get -/pods ns/pending' },
  { question: 'update -/pods ns/mine' },
  { question: 'patch -/pods ns/mine' },
  { question: 'delete -/pods ns/theirs' },
  { question: 'patch -/pods/status ns/theirs' },
  { question: 'create -/pods/eviction ns/theirs' },
  { question: 'create -/pods/binding ns/pending' },
  { question: 'create -/pods/exec ns/mine' },
  { question: 'get -/pods/log ns/mine' },
  { question: 'patch -/pods/ephemeralcontainers ns/mine' },
  { question: 'list -/nodes' },
  { question: 'get -/nodes -/n2' },
  { question: 'patch -/nodes -/n2' },
  { question: 'patch -/nodes/status -/n2' },
  { question: 'delete -/nodes -/n1' },
  { question: 'create -/nodes/proxy -/n2' },
  { question: 'get -/nodes/proxy -/n1' },
  { question: 'update coordination.k8s.io/leases kube-node-lease/n2' },
  { question: 'list coordination.k8s.io/leases kube-node-lease/-' },
  { question: 'update coordination.k8s.io/leases kube-system/n1' },
  { question: 'update coordination.k8s.io/leases kube-system/kube-scheduler' },
  { question: 'update storage.k8s.io/csinodes -/n2' },
  { question: 'get -/persistentvolumes -/any' },
  { question: 'get -/persistentvolumes -/theirs' },
  { question: 'get -/persistentvolumes -/free' },
  { question: 'list -/persistentvolumes' },
  { question: 'update -/persistentvolumes -/mine' },
  { question: 'update -/persistentvolumes/status -/mine' },
  { question: 'get -/secrets drivers/theirs-mount' },
  { question: 'get -/secrets drivers/mine-attach' },
  { question: 'get -/secrets drivers/mine-ceph' },
  { question: 'get -/secrets drivers/free-mount' },
  { question: 'get storage.k8s.io/volumeattachments -/theirs' },
  { question: 'list storage.k8s.io/volumeattachments' },
  { question: 'update storage.k8s.io/volumeattachments/status -/mine' },
  { question: 'list storage.k8s.io/csinodes' },
  { question: 'update certificates.k8s.io/certificatesigningrequests/approval -/csr' },
  { question: 'approve certificates.k8s.io/signers -/kubernetes.io/kubelet-serving' },
  { question: 'create rbac.authorization.k8s.io/clusterrolebindings' },
  { question: 'impersonate -/users -/system:node:n2' },
  { question: 'get /metrics' },
];
for (const { question, more } of attacks)
  test(`a stolen node may not ${question} ${JSON.stringify(more?.fieldSelector ?? '')}`, () =>
    expect(cluster().verdict(question, more)).toBe('no-opinion'));

const pretenders: { name: string; identity: Identity }[] = [
  { name: 'the name without the group', identity: { name: 'system:node:n1', groups: [], extra: {} } },
  { name: 'the group without the name', identity: { name: 'n1', groups: ['system:nodes'], extra: {} } },
  { name: 'no node at all', identity: { name: 'system:node:', groups: ['system:nodes'], extra: {} } },
];
for (const { name, identity } of pretenders)
  test(`${name} gives nothing`, () => {
    const { verdict } = cluster();
    expect(verdict('get -/secrets ns/mine', {}, identity)).toBe('no-opinion');
    expect(verdict('list -/services', {}, identity)).toBe('no-opinion');
  });

test('says why not', () => {
  const { authorizer } = cluster();
  const reason = (question: string) => authorizer.authorize(asks(node('n1'), question)).reason;
  expect(reason('get -/secrets ns/theirs')).toBe("no relationship found between node 'n1' and this object");
  expect(reason('get -/nodes -/n2')).toBe("node 'n1' cannot read 'n2', only its own Node object");
  expect(reason('list -/pods')).toBe('can only list/watch pods with spec.nodeName field selector');
});

test('rights come and go with the pods', () => {
  const { pods, verdict } = cluster();
  const question = 'get -/secrets ns/pending';
  expect(verdict(question)).toBe('no-opinion');
  pods.put(pod('pending', 'n1'));
  expect(verdict(question)).toBe('allow');
  // Another object under the same name, as a status update makes one.
  pods.put(pod('pending', 'n1'));
  expect(verdict(question)).toBe('allow');
  pods.delete('ns', 'pending');
  expect(verdict(question)).toBe('no-opinion');
  pods.put(pod('pending', 'n2'));
  expect(verdict(question)).toBe('no-opinion');
});

test('when the pod that needed an object is gone, another may still need it', () => {
  const { pods, verdict } = cluster();
  const second: Pod = { ...pod('mine', 'n1'), metadata: { name: 'second', namespace: 'ns' } };
  pods.put(second);
  expect(verdict('get -/secrets ns/mine')).toBe('allow');
  pods.delete('ns', 'mine');
  expect(verdict('get -/secrets ns/mine')).toBe('allow');
  pods.delete('ns', 'second');
  expect(verdict('get -/secrets ns/mine')).toBe('no-opinion');
});

test('a mirror pod gives its node nothing', () => {
  const { pods, verdict } = cluster();
  const mirror = pod('static', 'n1');
  pods.put({
    ...mirror,
    metadata: { ...mirror.metadata, annotations: { 'kubernetes.io/config.mirror': 'x' } },
  });
  expect(verdict('get -/secrets ns/static')).toBe('no-opinion');
  expect(verdict('create -/serviceaccounts/token ns/static')).toBe('no-opinion');
  expect(verdict('get -/pods ns/static')).toBe('allow');
});

test('a volume that is bound anew gives its secrets to another node', () => {
  const { persistentVolumes, verdict } = cluster();
  const question = 'get -/secrets drivers/mine-mount';
  expect(verdict(question)).toBe('allow');
  const { spec, ...rest } = volume('mine');
  persistentVolumes.put({ ...rest, spec: { ...spec, claimRef: { namespace: 'ns', name: 'theirs' } } });
  expect(verdict(question)).toBe('no-opinion');
  expect(verdict(question, {}, node('n2'))).toBe('allow');
});
