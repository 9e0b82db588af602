import { expect } from 'bun:test';
import { type CertificateSigningRequest, CSR_DECIDED_BY, certificateSigningRequests } from '@hawser/api';
import { EVENTS, EVENTS_READER_CLIENT, tailStream } from '@hawser/audit-nats';
import { KubeClient } from '@hawser/client';
import { parseCertificate } from '@hawser/pki';
import { readAuditStream } from '../../cluster/audit-stream.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import type { Json } from '../../cluster/wire-client.ts';
import { BareNode, requested } from './bare-node.ts';

const suite = shareCluster({ controllerManager: true, nats: true });
const CLIENT = 'kubernetes.io/kube-apiserver-client';
const CONTROLLER = { username: 'system:serviceaccount:kube-system:certificate-controller' };
const APPROVALS = /^audit\.apiserver\.[^.]+\.certificates_k8s_io\.certificatesigningrequests_approval\.-$/;

const adminOf = (cluster: Cluster) =>
  KubeClient.fromKubeconfig(cluster.layout.adminKubeconfig, { userAgent: 'test' });

async function* followed(cluster: Cluster, signal: AbortSignal): AsyncGenerator<Json> {
  const { natsPki } = cluster.layout;
  const nats = {
    servers: [`tls://127.0.0.1:${cluster.ports.nats}`],
    caFile: natsPki.ca.certificate,
    certificateFile: natsPki.eventsReader.certificate,
    keyFile: natsPki.eventsReader.key,
    clientName: EVENTS_READER_CLIENT,
  };
  const subject = 'hawser.controller-manager.certificate.>';
  for await (const message of tailStream({ nats, stream: EVENTS, subject, since: new Date(0) }, signal)) {
    const event = JSON.parse(message.body);
    expect(event).toMatchObject({
      specversion: '1.0',
      source: '/controller-manager',
      type: `dev.${message.subject}`,
      datacontenttype: 'application/json',
    });
    yield { what: message.subject.split('.').at(-1), ...event };
  }
}

/** The events of a request, from its first to the first of this kind. */
async function eventsOf(cluster: Cluster, csr: string, last: string): Promise<Json[]> {
  const seen: Json[] = [];
  for await (const event of followed(cluster, AbortSignal.timeout(20_000))) {
    if (event.subject !== csr) continue;
    seen.push(event);
    if (event.what === last) return seen;
  }
  throw new Error(`no ${last} of ${csr} came after ${JSON.stringify(seen)}`);
}

async function decided(cluster: Cluster, verb: 'approve' | 'deny', csr: string): Promise<void> {
  const { exitCode, stderr } = await cluster.kubectl('1.36', 'certificate', verb, csr);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
}

async function asked(
  admin: KubeClient,
  usages: CertificateSigningRequest['spec']['usages'] = ['client auth'],
) {
  return (await requested(admin, { signerName: CLIENT, usages })).csr.metadata;
}

suite.test('a person approves: who asked, for what, and the certificate that came of it', async (cluster) => {
  await using admin = adminOf(cluster);
  const { name, uid } = await asked(admin);
  await decided(cluster, 'approve', name);
  const [approved, signed, ...more] = await eventsOf(cluster, name, 'signed');
  expect(more).toEqual([]);
  const common = {
    name,
    uid,
    signerName: CLIENT,
    requestor: {
      username: 'kubernetes-admin',
      groups: ['hawser:cluster-admins', 'system:authenticated'],
      sourceAddress: '127.0.0.1',
    },
    usages: ['client auth'],
    subject: { commonName: 'alice', organizations: [] },
  };
  const by = { username: 'kubernetes-admin' };
  expect(approved).toMatchObject({ what: 'approved', id: `${uid}:approved`, subject: name });
  expect(approved.data).toMatchObject({ ...common, reason: 'KubectlApprove', by });
  const { status } = await admin.get(certificateSigningRequests, name);
  const certificate = parseCertificate(Buffer.from(status!.certificate!, 'base64').toString());
  expect(signed).toMatchObject({ what: 'signed', id: `${uid}:signed`, subject: name });
  expect(signed.data).toEqual({
    ...common,
    issuer: { commonName: 'kubernetes', organizations: [] },
    serialNumber: certificate.serialNumber,
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
    by: CONTROLLER,
    approval: { by },
  });
  expect(JSON.stringify([approved, signed])).not.toContain('BEGIN');
});

suite.test('a person approves: the audit trail says the same', async (cluster) => {
  await using admin = adminOf(cluster);
  const { name } = await asked(admin);
  await decided(cluster, 'approve', name);
  const event = await eventually(async () =>
    (await readAuditStream(cluster)).find(
      ({ subject, event }) =>
        APPROVALS.test(subject) && event.objectRef.name === name && event.verb !== 'get',
    ),
  );
  const [approved] = await eventsOf(cluster, name, 'approved');
  expect(event.event.user.username).toBe(approved.data.by.username);
});

suite.test('nobody says who decided but the hub', async (cluster) => {
  await using admin = adminOf(cluster);
  const { name } = await asked(admin);
  const annotate = (user: string) =>
    cluster.kubectl('1.36', 'annotate', '--overwrite', 'csr', name, `${CSR_DECIDED_BY}=${user}`);
  const noted = async () => (await admin.get(certificateSigningRequests, name)).metadata.annotations;
  expect((await annotate('mallory')).exitCode).toBe(0);
  expect(await noted()).toBeUndefined();
  await decided(cluster, 'deny', name);
  expect((await annotate('mallory')).exitCode).toBe(0);
  expect(await noted()).toEqual({ [CSR_DECIDED_BY]: 'kubernetes-admin' });
  const [denied] = await eventsOf(cluster, name, 'denied');
  expect(denied.data.by).toEqual({ username: 'kubernetes-admin' });
});

suite.test('a denial, and a request that breaks the rules', async (cluster) => {
  await using admin = adminOf(cluster);
  const denied = await asked(admin);
  await decided(cluster, 'deny', denied.name);
  const [denial] = await eventsOf(cluster, denied.name, 'denied');
  expect(denial.data).toMatchObject({ reason: 'KubectlDeny', by: { username: 'kubernetes-admin' } });

  const broken = await asked(admin, ['client auth', 'server auth']);
  await decided(cluster, 'approve', broken.name);
  const events = await eventsOf(cluster, broken.name, 'failed');
  expect(events.map(({ what }) => what)).toEqual(['approved', 'failed']);
  expect(events[1].data).toMatchObject({
    reason: 'SignerValidationFailure',
    message: 'invalid usage for client certificate: server auth',
    by: CONTROLLER,
    approval: { by: { username: 'kubernetes-admin' } },
  });
});

suite.test('a node joins: its approval and its signature are the controller’s', async (cluster) => {
  await using node = await BareNode.join(cluster, 'told', '127.0.1.30');
  await using admin = adminOf(cluster);
  const { items } = await admin.list(certificateSigningRequests);
  const csr = items.find(({ spec }) => spec.username?.startsWith('system:bootstrap:'))!.metadata.name;
  const [approved, signed] = await eventsOf(cluster, csr, 'signed');
  expect(approved.data).toMatchObject({
    requestor: { username: expect.stringMatching(/^system:bootstrap:/), sourceAddress: node.address },
    subject: { commonName: 'system:node:told', organizations: ['system:nodes'] },
    key: { algorithm: 'ECDSA', sizeBits: 256 },
    reason: 'AutoApproved',
    by: CONTROLLER,
  });
  expect(signed.data).toMatchObject({ by: CONTROLLER, approval: { by: CONTROLLER } });

  const served = await node.request({
    signerName: 'kubernetes.io/kubelet-serving',
    usages: ['digital signature', 'server auth'],
    ipAddresses: [node.address],
  });
  const [serving] = await eventsOf(cluster, served.metadata.name, 'signed');
  expect(serving.data).toMatchObject({
    ipAddresses: [node.address],
    by: { username: 'system:serviceaccount:kube-system:kubelet-serving-approver' },
  });
});

suite.test('each is told of once, also across restarts, and what happened meanwhile', async (cluster) => {
  await using admin = adminOf(cluster);
  const before = await asked(admin);
  await decided(cluster, 'approve', before.name);
  await eventsOf(cluster, before.name, 'signed');
  const service = cluster.services.get('controller-manager')!;
  await service.kill9();
  const meanwhile = await asked(admin);
  await decided(cluster, 'deny', meanwhile.name);
  service.start();
  await eventsOf(cluster, meanwhile.name, 'denied');
  // What goes is told of first, and then forgotten.
  const gone = await asked(admin);
  await decided(cluster, 'deny', gone.name);
  await admin.delete(certificateSigningRequests, gone.name, {});
  await eventsOf(cluster, gone.name, 'denied');
  await service.stop();
  service.start();
  const last = await asked(admin);
  await decided(cluster, 'deny', last.name);
  const ids: string[] = [];
  for await (const { id, subject } of followed(cluster, AbortSignal.timeout(20_000))) {
    ids.push(id);
    if (subject === last.name) break;
  }
  expect(new Set(ids).size).toBe(ids.length);
  const names = [
    `${before.uid}:approved`,
    `${before.uid}:signed`,
    `${meanwhile.uid}:denied`,
    `${gone.uid}:denied`,
  ];
  for (const id of names) expect(ids).toContain(id);
});

suite.test('hawser events tail shows them', async (cluster) => {
  await using admin = adminOf(cluster);
  const { name } = await asked(admin);
  await decided(cluster, 'approve', name);
  await eventsOf(cluster, name, 'signed');
  const tail = cluster.startHawser(
    ...['events', 'tail', '--since', '1h', '--subject', 'hawser.controller-manager.>'],
  );
  await eventually(() => tail.stdout.includes(`controller-manager.certificate.signed ${name} {`));
  tail.interrupt();
  await tail.ended();
});
