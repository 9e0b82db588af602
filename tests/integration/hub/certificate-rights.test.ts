import { describe, expect } from 'bun:test';
import { createCertificateRequest, generateKeyPair } from '@hawser/pki';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { authorityOf, issue } from '../../cluster/identities.ts';
import type { Json, WireClient } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const CSRS = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const KUBELET_SERVING = 'kubernetes.io/kubelet-serving';
const CLIENT = 'kubernetes.io/kube-apiserver-client';
const WRITERS = ['certificatesigningrequests/approval', 'certificatesigningrequests/status'];

let made = 0;

async function requested(client: WireClient, spec: object = {}, organizations: string[] = []): Promise<Json> {
  made += 1;
  const subject = { commonName: 'alice', organizations };
  const request = createCertificateRequest({ keyPair: generateKeyPair(), subject });
  const whole = {
    request: Buffer.from(request).toString('base64'),
    signerName: CLIENT,
    usages: ['client auth'],
    ...spec,
  };
  return expectJson(await client.post(CSRS, { metadata: { name: `rights-${made}` }, spec: whole }), 201);
}

/** Someone who may write approvals and statuses, and has these verbs on these signers. */
async function officer(cluster: Cluster, verbs: string[], resourceNames?: string[]): Promise<WireClient> {
  made += 1;
  const name = `officer-${made}`;
  const apiGroups = ['certificates.k8s.io'];
  const rules = [
    { apiGroups, resources: WRITERS, verbs: ['get', 'update', 'patch'] },
    ...(verbs.length === 0
      ? []
      : [{ apiGroups, resources: ['signers'], verbs, ...(resourceNames ? { resourceNames } : {}) }]),
  ];
  expectJson(await cluster.admin.post(`${RBAC}/clusterroles`, { metadata: { name }, rules }), 201);
  const apiGroup = 'rbac.authorization.k8s.io';
  const binding = {
    metadata: { name },
    roleRef: { apiGroup, kind: 'ClusterRole', name },
    subjects: [{ apiGroup, kind: 'User', name }],
  };
  expectJson(await cluster.admin.post(`${RBAC}/clusterrolebindings`, binding), 201);
  return cluster.wire(issue(authorityOf(cluster.layout.pki.ca), { commonName: name }));
}

const approval = (csr: Json, type = 'Approved') => ({
  ...csr,
  status: { conditions: [{ type, status: 'True', reason: 'Test', message: 'by a test' }] },
});

/** What each right on signers lets its holder do to a request for `kubernetes.io/kube-apiserver-client`. */
const rights: { name: string; verbs: string[]; on?: string[]; may: ('approve' | 'sign')[] }[] = [
  { name: 'no right on signers', verbs: [], may: [] },
  { name: 'approve on the signer', verbs: ['approve'], on: [CLIENT], may: ['approve'] },
  { name: 'sign on the signer', verbs: ['sign'], on: [CLIENT], may: ['sign'] },
  { name: 'both on the signer', verbs: ['approve', 'sign'], on: [CLIENT], may: ['approve', 'sign'] },
  { name: 'approve on the domain', verbs: ['approve'], on: ['kubernetes.io/*'], may: ['approve'] },
  { name: 'sign on the domain', verbs: ['sign'], on: ['kubernetes.io/*'], may: ['sign'] },
  { name: 'both on another signer', verbs: ['approve', 'sign'], on: [KUBELET_SERVING], may: [] },
  { name: 'both on another domain', verbs: ['approve', 'sign'], on: ['example.com/*'], may: [] },
  { name: 'both on a part of the name', verbs: ['approve', 'sign'], on: ['kubernetes.io'], may: [] },
  { name: 'approve on all signers', verbs: ['approve'], may: ['approve'] },
  { name: 'get on the signer', verbs: ['get', 'update'], on: [CLIENT], may: [] },
  { name: 'every verb on the signer', verbs: ['*'], on: [CLIENT], may: ['approve', 'sign'] },
];

describe('whoever may write approvals and statuses and has', () => {
  for (const { name, verbs, on, may } of rights)
    hub.test(`${name} may ${may.join(' and ') || 'decide nothing'}`, async (cluster) => {
      const client = await officer(cluster, verbs, on);
      for (const type of ['Approved', 'Denied']) {
        const csr = await requested(cluster.admin);
        const path = `${CSRS}/${csr.metadata.name}/approval`;
        const patch = { status: approval(csr, type).status };
        for (const answer of [
          await client.patch(path, 'merge', patch),
          await client.put(path, approval(csr, type)),
        ])
          expectRight(answer, may.includes('approve'), 'approve', csr);
      }
      const csr = await requested(cluster.admin);
      const approved = expectJson(
        await cluster.admin.put(`${CSRS}/${csr.metadata.name}/approval`, approval(csr)),
      );
      const path = `${CSRS}/${csr.metadata.name}/status`;
      const failed = [...approved.status.conditions, { type: 'Failed', status: 'True' }];
      const certificate = Buffer.from(
        issue(authorityOf(cluster.layout.pki.ca), { commonName: 'alice' }).cert,
      );
      const base64 = certificate.toString('base64');
      for (const status of [{ certificate: base64 }, { conditions: failed, certificate: base64 }])
        expectRight(await client.patch(path, 'merge', { status }), may.includes('sign'), 'sign', csr);
      // What says nothing new takes no right on the signer.
      expectJson(await client.patch(path, 'merge', { metadata: { labels: { seen: 'yes' } } }));
    });

  function expectRight(
    answer: Parameters<typeof expectJson>[0],
    may: boolean,
    verb: string,
    csr: Json,
  ): void {
    // A second way of saying the same finds it said already, or is refused for it: never for want of the right.
    if (may) {
      expect([200, 409]).toContain(answer.status);
      return;
    }
    const { message } = expectFailure(answer, 403, 'Forbidden');
    expect(message).toBe(
      `certificatesigningrequests.certificates.k8s.io "${csr.metadata.name}" is forbidden: user not permitted to ${verb} requests with signerName "${CLIENT}"`,
    );
  }
});

describe('a request', () => {
  hub.test('cannot be approved by its status, nor signed by its approval', async (cluster) => {
    const csr = await requested(cluster.admin);
    const path = `${CSRS}/${csr.metadata.name}`;
    const refused = expectFailure(await cluster.admin.put(`${path}/status`, approval(csr)), 422, 'Invalid');
    expect(refused.details.causes).toEqual([
      {
        reason: 'FieldValueForbidden',
        message: 'Forbidden: updates may not add a condition of type "Approved"',
        field: 'status.conditions',
      },
    ]);
    const sneaky = { ...approval(csr).status, certificate: Buffer.from('x').toString('base64') };
    const approved = expectJson(await cluster.admin.patch(`${path}/approval`, 'merge', { status: sneaky }));
    expect(approved.status.certificate).toBeUndefined();
    const whole = { ...approved, status: sneaky, spec: { ...approved.spec, usages: ['server auth'] } };
    const put = expectJson(await cluster.admin.put(path, whole));
    expect(put.status).toEqual(approved.status);
    expect(put.spec).toEqual(approved.spec);
  });

  hub.test('is approved or denied, not both, and stays so', async (cluster) => {
    const csr = await requested(cluster.admin);
    const path = `${CSRS}/${csr.metadata.name}/approval`;
    const denied = expectJson(await cluster.admin.put(path, approval(csr, 'Denied')));
    const both = [...denied.status.conditions, ...approval(csr).status.conditions];
    const answer = await cluster.admin.patch(path, 'merge', { status: { conditions: both } });
    expect(expectFailure(answer, 422, 'Invalid').details.causes).toEqual([
      {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: "Approved": Approved and Denied conditions are mutually exclusive',
        field: 'status.conditions[1].type',
      },
    ]);
    const none = await cluster.admin.patch(path, 'merge', { status: { conditions: [] } });
    expect(expectFailure(none, 422, 'Invalid').message).toContain(
      'updates may not remove a condition of type "Denied"',
    );
  });

  hub.test('for a client of system:masters is refused, for others not', async (cluster) => {
    const subject = { commonName: 'eve', organizations: ['system:masters'] };
    const pem = createCertificateRequest({ keyPair: generateKeyPair(), subject });
    const spec = {
      request: Buffer.from(pem).toString('base64'),
      signerName: CLIENT,
      usages: ['client auth'],
    };
    const answer = await cluster.admin.post(CSRS, { metadata: { name: 'eve' }, spec });
    expect(expectFailure(answer, 403, 'Forbidden').message).toBe(
      `certificatesigningrequests.certificates.k8s.io "eve" is forbidden: use of ${CLIENT} signer with system:masters group is not allowed`,
    );
    await requested(cluster.admin, {}, ['dev']);
    await requested(cluster.admin, { signerName: 'example.com/own' }, ['system:masters']);
  });

  hub.test('says who asks as the hub saw it, whatever it says itself', async (cluster) => {
    const claims = { username: 'admin', uid: 'u', groups: ['system:masters'] };
    const extra = { 'hawser.dev/source-ip': ['192.0.2.1'], more: ['x'] };
    const csr = await requested(cluster.admin, { ...claims, extra });
    expect(csr.spec.username).toBe('kubernetes-admin');
    expect(csr.spec.uid).toBeUndefined();
    expect(csr.spec.groups).not.toContain('system:masters');
    expect(csr.spec.extra['hawser.dev/source-ip']).toEqual(['127.0.0.1']);
    expect(csr.spec.extra.more).toBeUndefined();
  });
});
