import { describe, expect } from 'bun:test';
import { readFileSync } from 'node:fs';
import { type CertificateSigningRequest, certificateSigningRequests, events, nodes } from '@hawser/api';
import { KubeClient, StatusError, staticCredentials } from '@hawser/client';
import {
  type CreateCertificateRequestInput,
  createCertificateRequest,
  encodePrivateKey,
  generateKeyPair,
} from '@hawser/pki';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { authorityOf, issue } from '../../cluster/identities.ts';
import { BareNode } from './bare-node.ts';

/** Strict approval, as in every cluster of these tests. */
const suite = shareCluster({ controllerManager: true });
const SERVING = 'kubernetes.io/kubelet-serving';
const HOME = '127.0.1.50';
const VICTIM = '127.0.1.51';
/** Where somebody is who has the node's key and not its machine. */
const ELSEWHERE = '127.0.1.52';

type Usages = CertificateSigningRequest['spec']['usages'];

interface Attack {
  readonly name: string;
  readonly asked?: Partial<Omit<CreateCertificateRequestInput, 'keyPair'>>;
  readonly usages?: Usages;
  /** What the thief writes of its addresses first. */
  readonly states?: string[];
  /** From where it speaks; from the node itself unless told. */
  readonly from?: string;
  /** The hub refuses it, or the event says why nobody has approved it. */
  readonly refused: { readonly code: number; readonly says: string } | { readonly pending: string };
}

const own = 'own word only';
const attacks: Attack[] = [
  {
    name: 'its own address, with the stolen key from another machine',
    asked: { ipAddresses: [HOME] },
    from: ELSEWHERE,
    refused: { pending: own },
  },
  {
    name: 'the address of the machine that it was carried to',
    asked: { ipAddresses: [ELSEWHERE, '127.0.1.60'] },
    states: [ELSEWHERE, '127.0.1.60'],
    from: ELSEWHERE,
    refused: { pending: own },
  },
  {
    name: "the hub's address",
    asked: { ipAddresses: ['127.0.0.1'] },
    states: ['127.0.0.1'],
    refused: { pending: "127.0.0.1 is no node's address" },
  },
  {
    name: "the hub's address in IPv4-mapped form",
    asked: { ipAddresses: ['::ffff:127.0.0.1'] },
    states: ['::ffff:127.0.0.1'],
    refused: { pending: "127.0.0.1 is no node's address" },
  },
  {
    name: 'the IPv6 loopback address',
    asked: { ipAddresses: ['::1'] },
    states: ['::1'],
    refused: { pending: "::1 is no node's address" },
  },
  {
    name: 'the address of the Service kubernetes',
    asked: { ipAddresses: ['10.96.0.1'] },
    states: ['10.96.0.1'],
    refused: { pending: "10.96.0.1 is the API server's address" },
  },
  {
    name: 'another address of the service range',
    asked: { ipAddresses: ['10.96.3.4'] },
    states: ['10.96.3.4'],
    refused: { pending: '10.96.3.4 is in the service range' },
  },
  {
    name: "a pod's address",
    asked: { ipAddresses: ['10.244.7.7'] },
    states: ['10.244.7.7'],
    refused: { pending: '10.244.7.7 is in the pod range' },
  },
  {
    name: "another node's address",
    asked: { ipAddresses: [VICTIM] },
    states: [VICTIM],
    refused: { pending: `${VICTIM} is claimed by another node` },
  },
  {
    name: "another node's address that it has not even stated",
    asked: { ipAddresses: [VICTIM] },
    refused: { pending: `${VICTIM} is not among the node's addresses` },
  },
  {
    name: "another node's name",
    asked: { dnsNames: ['attack-victim'] },
    states: ['attack-victim'],
    refused: { pending: 'attack-victim is claimed by another node' },
  },
  {
    name: 'some address of the network',
    asked: { ipAddresses: ['192.0.2.7'] },
    states: ['192.0.2.7'],
    refused: { pending: `192.0.2.7 is the node's by its own word only` },
  },
  {
    name: 'the address of metadata services',
    asked: { ipAddresses: ['169.254.169.254'] },
    states: ['169.254.169.254'],
    refused: { pending: "169.254.169.254 is no node's address" },
  },
  ...['kubernetes', 'kubernetes.default.svc', 'localhost', '*.svc.cluster.local', 'LOCALHOST'].map(
    (name) => ({
      name: `the DNS name ${name}`,
      asked: { dnsNames: [name] },
      states: [name],
      refused: { pending: `${name.toLowerCase()} is a name of the cluster's` },
    }),
  ),
  {
    name: 'a wildcard',
    asked: { dnsNames: ['*.example.com'] },
    states: ['*.example.com'],
    refused: { pending: "*.example.com is a name of the cluster's" },
  },
  {
    name: 'a DNS name of its choice',
    asked: { dnsNames: ['registry.example.com'] },
    states: ['registry.example.com'],
    refused: { pending: own },
  },
  {
    name: 'one address of its own and one that is not',
    asked: { ipAddresses: [HOME, HOME, '192.0.2.8'] },
    states: [HOME, '192.0.2.8'],
    refused: { pending: own },
  },
  {
    name: 'a stranger behind a thousand names of its own',
    asked: { dnsNames: [...Array.from({ length: 1_000 }, () => 'attack-thief'), 'kubernetes'] },
    states: ['attack-thief', 'kubernetes'],
    refused: { pending: "kubernetes is a name of the cluster's" },
  },
  {
    name: 'an email address besides',
    asked: { ipAddresses: [HOME], emails: ['root@example.com'] },
    refused: { pending: 'Email subjectAltNames are not allowed' },
  },
  {
    name: 'a URI besides',
    asked: { ipAddresses: [HOME], uris: ['spiffe://cluster.local/ns/kube-system/sa/admin'] },
    refused: { pending: 'URI subjectAltNames are not allowed' },
  },
  { name: 'no name at all', asked: {}, refused: { pending: 'DNS or IP subjectAltName is required' } },
  {
    name: "another node's certificate",
    asked: {
      subject: { commonName: 'system:node:attack-victim', organizations: ['system:nodes'] },
      ipAddresses: [HOME],
    },
    refused: { code: 403, says: 'can only create a node CSR with CN=system:node:attack-thief' },
  },
  {
    name: 'a further organization',
    asked: {
      subject: {
        commonName: 'system:node:attack-thief',
        organizations: ['system:nodes', 'system:masters'],
      },
      ipAddresses: [HOME],
    },
    refused: { pending: 'subject organization is not system:nodes' },
  },
  {
    name: 'the right to be a client as well',
    asked: { ipAddresses: [HOME] },
    usages: ['digital signature', 'server auth', 'client auth'],
    refused: { pending: 'usages did not match' },
  },
  {
    name: 'the right to be a client alone',
    asked: { ipAddresses: [HOME] },
    usages: ['digital signature', 'client auth'],
    refused: { pending: 'usages did not match' },
  },
  {
    name: 'the right to sign certificates',
    asked: { ipAddresses: [HOME] },
    usages: ['digital signature', 'server auth', 'cert sign'],
    refused: { pending: 'usages did not match' },
  },
  {
    name: 'more names than any node has',
    asked: { dnsNames: Array.from({ length: 4_000 }, (_, i) => `host-${i}.example.com`) },
    refused: { code: 403, says: 'certificate request is too large' },
  },
];

const subject = { commonName: 'system:node:attack-thief', organizations: ['system:nodes'] };
const adminOf = (cluster: Cluster) =>
  KubeClient.fromKubeconfig(cluster.layout.adminKubeconfig, { userAgent: 'test' });

/** The node whose key was stolen, and another; joined once, by the first test that needs them. */
let joined: Promise<{ thief: BareNode; victim: BareNode }> | undefined;
async function nodesOf(cluster: Cluster) {
  joined ??= (async () => ({
    thief: await BareNode.join(cluster, 'attack-thief', HOME),
    victim: await BareNode.join(cluster, 'attack-victim', VICTIM),
  }))();
  return await joined;
}

/** Somebody with the thief's right to be that node, at this address. */
function thiefAt(cluster: Cluster, localAddress: string): KubeClient {
  const { commonName, organizations } = subject;
  const identity = issue(authorityOf(cluster.layout.pki.ca), { commonName, organizations });
  const ca = readFileSync(cluster.layout.pki.ca.certificate, 'utf8');
  const credentials = staticCredentials({ ca, ...identity });
  return new KubeClient({ server: cluster.server, credentials }, { userAgent: 'thief', localAddress });
}

function typed(address: string) {
  return { type: /^[0-9.]+$|:/.test(address) ? 'InternalIP' : 'Hostname', address };
}

async function asks(client: KubeClient, attack: Pick<Attack, 'asked' | 'usages'>) {
  const pem = createCertificateRequest({ keyPair: generateKeyPair(), subject, ...attack.asked });
  const usages: Usages = attack.usages ?? ['digital signature', 'server auth'];
  return await client.create(certificateSigningRequests, {
    metadata: { generateName: 'attack-' },
    spec: { request: Buffer.from(pem).toString('base64'), signerName: SERVING, usages },
  });
}

async function whyPending(admin: KubeClient, name: string): Promise<string> {
  const fieldSelector = `involvedObject.name=${name}`;
  const event = await eventually(async () => (await admin.list(events, { fieldSelector })).items.at(-1));
  expect(event).toMatchObject({ type: 'Warning', reason: 'ServingCertificateNotApproved' });
  const { status } = await admin.get(certificateSigningRequests, name);
  expect(status?.conditions ?? []).toEqual([]);
  return event.message ?? '';
}

describe('a stolen node certificate does not get', () => {
  for (const { name, asked, usages, states, from = HOME, refused } of attacks)
    suite.test(name, async (cluster) => {
      const { thief } = await nodesOf(cluster);
      await using admin = adminOf(cluster);
      await thief.post({ addresses: (states ?? [HOME, 'attack-thief']).map(typed) });
      await using client = thiefAt(cluster, from);
      const asking = asks(client, { asked, usages });
      if ('code' in refused) {
        const fault = await asking.catch((error: unknown) => error);
        expect(fault).toBeInstanceOf(StatusError);
        expect(fault).toMatchObject({ code: refused.code });
        expect(String(fault)).toContain(refused.says);
        return;
      }
      expect(await whyPending(admin, (await asking).metadata.name)).toContain(refused.pending);
    });

  suite.test('anything for a node that is deleted meanwhile', async (cluster) => {
    await nodesOf(cluster);
    await using leaving = await BareNode.join(cluster, 'attack-leaving', '127.0.1.53');
    await using admin = adminOf(cluster);
    await admin.delete(nodes, 'attack-leaving', {});
    const csr = await leaving.request({
      signerName: SERVING,
      usages: ['digital signature', 'server auth'],
      ipAddresses: ['127.0.1.53'],
    });
    expect(await whyPending(admin, csr.metadata.name)).toContain('the node does not exist');
  });

  suite.test('anything by a request that another key has signed', async (cluster) => {
    await nodesOf(cluster);
    await using client = thiefAt(cluster, HOME);
    const [mine, theirs] = [generateKeyPair(), generateKeyPair()];
    // The public key of one and the signature of another.
    const keyPair = { publicKey: mine.publicKey, privateKey: theirs.privateKey };
    expect(encodePrivateKey(keyPair)).not.toBe(encodePrivateKey(mine));
    const pem = createCertificateRequest({ keyPair, subject, ipAddresses: [HOME] });
    const asking = client.create(certificateSigningRequests, {
      metadata: { generateName: 'attack-' },
      spec: {
        request: Buffer.from(pem).toString('base64'),
        signerName: SERVING,
        usages: ['digital signature', 'server auth'],
      },
    });
    await expect(asking).rejects.toThrow('signature of the certificate request does not verify');
  });

  suite.test('an address vouched for, by its own word: neither listed, nor forwarded', async (cluster) => {
    const { thief } = await nodesOf(cluster);
    const { ca } = thief;
    const client = cluster.wire({
      ca,
      ...issue(authorityOf(cluster.layout.pki.ca), subject),
    });
    const listing = { metadata: { annotations: { 'hawser.dev/allowed-addresses': '192.0.2.9' } } };
    for (const path of ['/api/v1/nodes/attack-thief', '/api/v1/nodes/attack-thief/status']) {
      const answer = await client.patch(path, 'merge', listing);
      expect(answer.status).toBe(403);
      expect(answer.json.message).toContain(
        'not allowed to modify annotations: hawser.dev/allowed-addresses',
      );
    }
    const pem = createCertificateRequest({ keyPair: generateKeyPair(), subject, ipAddresses: ['192.0.2.9'] });
    const spec = {
      request: Buffer.from(pem).toString('base64'),
      signerName: SERVING,
      usages: ['digital signature', 'server auth'],
      extra: { 'hawser.dev/source-ip': ['192.0.2.9'] },
    };
    const headers = { 'x-forwarded-for': '192.0.2.9', 'x-real-ip': '192.0.2.9', forwarded: 'for=192.0.2.9' };
    const path = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
    const made = await client.post(path, { metadata: { name: 'attack-forwarded' }, spec }, headers);
    expect(made.status).toBe(201);
    expect(made.json.spec.extra['hawser.dev/source-ip']).toEqual(['127.0.0.1']);
    const approval = { status: { conditions: [{ type: 'Approved', status: 'True' }] } };
    const approved = await client.patch(`${path}/attack-forwarded/approval`, 'merge', approval);
    expect(approved.status).toBe(403);
  });

  suite.test('an address that another node has come to claim: neither of the two', async (cluster) => {
    await nodesOf(cluster);
    await using admin = adminOf(cluster);
    const shared = '127.0.1.54';
    const addresses = [typed(shared)];
    await using first = await BareNode.join(cluster, 'attack-first', shared, { addresses });
    await using second = await BareNode.join(cluster, 'attack-second', shared, { addresses });
    for (const node of [first, second]) {
      const csr = await node.request({
        signerName: SERVING,
        usages: ['digital signature', 'server auth'],
        ipAddresses: [shared],
      });
      expect(await whyPending(admin, csr.metadata.name)).toContain('claimed by another node');
    }
    // An administrator's word decides between them; the other is looked at again when it stands alone.
    await admin.patch(
      nodes,
      'attack-first',
      { metadata: { annotations: { 'hawser.dev/allowed-addresses': shared } } },
      { type: 'merge' },
    );
    await eventually(async () => {
      const { items } = await admin.list(certificateSigningRequests);
      const of = (node: string) =>
        items.find(({ spec }) => spec.username === `system:node:${node}` && spec.signerName === SERVING);
      expect(of('attack-second')?.status?.conditions ?? []).toEqual([]);
      return of('attack-first')?.status?.certificate;
    });
    await admin.delete(nodes, 'attack-first', {});
    await eventually(async () => {
      const { items } = await admin.list(certificateSigningRequests);
      return items.find(
        ({ spec }) => spec.username === 'system:node:attack-second' && spec.signerName === SERVING,
      )?.status?.certificate;
    });
  });
});

suite.test('and what is honest is approved', async (cluster) => {
  const { thief } = await nodesOf(cluster);
  await using admin = adminOf(cluster);
  await thief.post();
  await using client = thiefAt(cluster, HOME);
  const { metadata } = await asks(client, { asked: { ipAddresses: [HOME], dnsNames: ['attack-thief'] } });
  await eventually(
    async () => (await admin.get(certificateSigningRequests, metadata.name)).status?.certificate,
  );
});
