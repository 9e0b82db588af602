import { createCertificateRequest, generateKeyPair } from '@hawser/pki';
import { shellPod } from '../../cluster/objects.ts';
import type { Json } from '../../cluster/wire-client.ts';
import type { Refused } from './attempt.ts';
import { nodeChanges } from './node-changes.ts';

const NODE = 'node "node-1"';
const CORE = '/api/v1';
const NS = `${CORE}/namespaces/{ns}`;
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';

/** What the refusals hang on that is known once the cluster runs. */
export interface Facts {
  readonly nodeUid: string;
  readonly podUid: string;
  readonly foreignPodUid: string;
}

const create = (path: string, body: Json, why: string, object = body.metadata?.name): Refused => ({
  request: `POST ${path}`,
  body,
  why,
  ...(object === undefined ? {} : { object }),
});

/** What the authorizers must let through because they cannot see it, and NodeRestriction refuses. */
export function refusedWrites(facts: Facts): readonly Refused[] {
  return [
    ...otherNames(),
    ...registrations(),
    ...mirrorPods(facts),
    ...statuses(),
    ...tokens(facts),
    ...nodeChanges,
  ];
}

function otherNames(): readonly Refused[] {
  return [
    create(
      LEASES,
      { metadata: { name: 'node-2' }, spec: {} },
      'can only access node lease with the same name as the requesting node',
    ),
    create(
      '/apis/storage.k8s.io/v1/csinodes',
      { metadata: { name: 'node-2' }, spec: { drivers: [] } },
      'can only access CSINode with the same name as the requesting node',
    ),
    ...['kubernetes.io/kube-apiserver-client-kubelet', 'kubernetes.io/kubelet-serving'].map((signerName) =>
      create(
        CSRS,
        csr('stolen', signerName, 'system:node:node-2'),
        'can only create a node CSR with CN=system:node:node-1',
      ),
    ),
    create(
      CSRS,
      csr('masters', 'kubernetes.io/kube-apiserver-client', 'root', 'system:masters'),
      'use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    ),
  ];
}

/** Of Nodes, as they register. */
function registrations(): readonly Refused[] {
  const register = (metadata: object, spec: object, why: string): Refused =>
    create(`${CORE}/nodes`, { metadata: { name: 'node-1', ...metadata }, spec }, why);
  return [
    create(
      `${CORE}/nodes`,
      { metadata: { name: 'node-3' } },
      `${NODE} is not allowed to modify node "node-3"`,
    ),
    register(
      { labels: { 'node-role.kubernetes.io/control-plane': '' } },
      {},
      `${NODE} is not allowed to set the following labels: node-role.kubernetes.io/control-plane`,
    ),
    register({}, { configSource: {} }, `${NODE} is not allowed to create pods with a non-nil configSource`),
    register({}, { podCIDR: '0.0.0.0/1' }, `${NODE} is not allowed to set podCIDRs`),
    register(
      { ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: 'gone' }] },
      {},
      `${NODE} is not allowed to set ownerReferences`,
    ),
    register(
      { annotations: { 'hawser.dev/allowed-addresses': '10.0.0.1' } },
      {},
      `${NODE} is not allowed to modify annotations: hawser.dev/allowed-addresses`,
    ),
  ];
}

function mirrorPods({ nodeUid }: Facts): readonly Refused[] {
  const owner = { apiVersion: 'v1', kind: 'Node', name: 'node-1', uid: nodeUid, controller: true };
  const annotations = { 'kubernetes.io/config.mirror': 'x' };
  const pod = (spec: Json, owners: Json[] | undefined = [owner], more: object = { annotations }): Json =>
    shellPod('mirror', 'true', {
      nodeName: 'node-1',
      ...spec,
      metadata: { ...more, ...(owners === undefined ? {} : { ownerReferences: owners }) },
    });
  const refuse = (body: Json, why: string) => create(`${NS}/pods`, body, why);
  const cannot = (what: string) => `${NODE} can not create pods that reference ${what}`;
  const volume = (source: Json) => pod({ volumes: [{ name: 'v', ...source }] });
  return [
    refuse(
      shellPod('plain', 'true', { nodeName: 'node-1' }),
      `pod does not have "kubernetes.io/config.mirror" annotation, ${NODE} can only create mirror pods`,
    ),
    refuse(pod({ nodeName: 'node-2' }), `${NODE} can only create pods with spec.nodeName set to itself`),
    refuse(pod({}, []), `${NODE} can only create pods with an owner reference set to itself`),
    refuse(
      pod({}, [owner, { ...owner, name: 'node-2', controller: false }]),
      `${NODE} can only create pods with a single owner reference set to itself`,
    ),
    refuse(
      pod({}, [{ ...owner, name: 'node-2' }]),
      `${NODE} can only create pods with an owner reference set to itself`,
    ),
    refuse(
      pod({}, [{ ...owner, controller: false }]),
      `${NODE} can only create pods with a controller owner reference set to itself`,
    ),
    refuse(
      pod({}, [{ ...owner, blockOwnerDeletion: true }]),
      `${NODE} must not set blockOwnerDeletion on an owner reference`,
    ),
    refuse(
      pod({}, [{ ...owner, uid: 'another' }]),
      `node node-1 UID mismatch: expected another got ${nodeUid}`,
    ),
    refuse(pod({ serviceAccountName: 'theirs' }), cannot('a service account')),
    refuse(volume({ secret: { secretName: 'theirs' } }), cannot('secrets')),
    refuse(pod({ container: { envFrom: [{ secretRef: { name: 'theirs' } }] } }), cannot('secrets')),
    refuse(pod({ imagePullSecrets: [{ name: 'theirs' }] }), cannot('secrets')),
    refuse(volume({ configMap: { name: 'theirs' } }), cannot('configmaps')),
    refuse(volume({ persistentVolumeClaim: { claimName: 'theirs' } }), cannot('persistentvolumeclaims')),
    refuse(pod({ resourceClaims: [{ name: 'c', resourceClaimName: 'theirs' }] }), cannot('resourceclaims')),
  ];
}

/** What goes along with a status. */
function statuses(): readonly Refused[] {
  const patch = (path: string, body: Json, why: string, type = 'merge-patch+json'): Refused => ({
    request: `PATCH ${path}`,
    headers: { 'content-type': `application/${type}` },
    body,
    why,
  });
  const labels = { metadata: { labels: { app: 'web' } } };
  const noLabels = `${NODE} cannot update labels through pod status`;
  return [
    patch(`${NS}/pods/mine/status`, labels, noLabels),
    patch(`${NS}/pods/mine/status`, labels, noLabels, 'strategic-merge-patch+json'),
    patch(
      `${NS}/pods/mine/status?fieldManager=x`,
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'mine', labels: { app: 'web' } } },
      noLabels,
      'apply-patch+yaml',
    ),
    patch(
      `${NS}/pods/mine/status`,
      { status: { resourceClaimStatuses: [{ name: 'c', resourceClaimName: 'theirs' }] } },
      `${NODE} cannot update resource claim statues`,
    ),
    patch(
      `${NS}/persistentvolumeclaims/mine/status`,
      { status: { phase: 'Lost' } },
      `${NODE} is not allowed to update fields other than status.quantity and status.conditions`,
    ),
    patch(
      `${NS}/persistentvolumeclaims/mine/status`,
      { metadata: { labels: { app: 'web' } } },
      `${NODE} is not allowed to update fields other than status.quantity and status.conditions`,
    ),
  ];
}

function tokens({ podUid, foreignPodUid }: Facts): readonly Refused[] {
  const pod = (name: string, uid?: string) => ({ apiVersion: 'v1', kind: 'Pod', name, ...(uid && { uid }) });
  const ask = (spec: object, why: string): Refused => ({
    request: `POST ${NS}/serviceaccounts/mine/token`,
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec },
    why,
  });
  return [
    ask({}, 'node requested token not bound to a pod'),
    ask(
      { boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 'mine' } },
      'node requested token not bound to a pod',
    ),
    ask(
      { boundObjectRef: { apiVersion: 'v1', kind: 'Node', name: 'node-1' } },
      'node requested token not bound to a pod',
    ),
    ask({ boundObjectRef: pod('mine') }, 'node requested token with a pod binding without a uid'),
    ask(
      { boundObjectRef: pod('mine', 'another') },
      'the UID in the bound object reference (another) does not match the UID in record. The object might have been deleted and then recreated',
    ),
    ask(
      { boundObjectRef: pod('foreign', foreignPodUid) },
      'node requested token bound to a pod scheduled on a different node',
    ),
    ask(
      { boundObjectRef: pod('mine', podUid), audiences: ['vault'] },
      'audience "vault" not found in pod spec volume',
    ),
    ask(
      { boundObjectRef: pod('mine', podUid), audiences: ['a', 'b'] },
      'node may only request 0 or 1 audiences',
    ),
  ];
}

function csr(name: string, signerName: string, commonName: string, organization = 'system:nodes'): Json {
  const subject = { commonName, organizations: [organization] };
  const pem = createCertificateRequest({
    keyPair: generateKeyPair('ecdsa-p256'),
    subject,
    dnsNames: ['node-2'],
  });
  const usage = signerName.endsWith('serving') ? 'server auth' : 'client auth';
  return {
    metadata: { name: `${name}-${usage.split(' ')[0]}` },
    spec: {
      request: Buffer.from(pem).toString('base64'),
      signerName,
      usages: ['digital signature', usage],
    },
  };
}
