import { readFileSync } from 'node:fs';
import { type CertificateSigningRequest, certificateSigningRequests, leases, nodes } from '@hawser/api';
import { isNotFound, KubeClient, staticCredentials } from '@hawser/client';
import { createCertificateRequest, encodePrivateKey, generateKeyPair } from '@hawser/pki';
import type { Cluster } from '../../cluster/cluster.ts';
import { eventually } from '../../cluster/eventually.ts';

export interface Request {
  readonly signerName: string;
  readonly usages: CertificateSigningRequest['spec']['usages'];
  readonly commonName?: string;
  readonly dnsNames?: string[];
  readonly ipAddresses?: string[];
}

/**
 * The control-plane half of a kubelet, without pods or an API: the loops are under test here, and what they answer to
 * (a silent node, a greedy certificate request) a true kubelet does not do on demand.
 */
export class BareNode implements AsyncDisposable {
  private constructor(
    readonly name: string,
    readonly address: string,
    readonly client: KubeClient,
    readonly ca: string,
  ) {}

  /** Joins by a bootstrap token, from the node's own address, and registers as Ready. */
  static async join(cluster: Cluster, name: string, address: string, status: object = {}): Promise<BareNode> {
    const { stdout, stderr } = await cluster.hawser(
      'token',
      'create',
      '--kubeconfig',
      cluster.layout.adminKubeconfig,
    );
    const token = stdout.trim();
    if (token === '') throw new Error(`no token: ${stderr}`);
    const ca = readFileSync(cluster.layout.pki.ca.certificate, 'utf8');
    const clientWith = (identity: Parameters<typeof staticCredentials>) =>
      new KubeClient(
        { server: cluster.server, credentials: staticCredentials(...identity) },
        { userAgent: 'bare-node', localAddress: address },
      );
    await using joining = clientWith([{ ca }, token]);
    const commonName = `system:node:${name}`;
    const identity = await issued(joining, {
      signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
      usages: ['digital signature', 'client auth'],
      commonName,
    });
    const node = new BareNode(name, address, clientWith([{ ca, ...identity }]), ca);
    await node.client.create(nodes, {
      metadata: { name, labels: { 'kubernetes.io/hostname': name } },
      spec: {},
    });
    await node.post(status);
    await node.renewLease();
    return node;
  }

  /** Posts a status: Ready, with its address, unless told otherwise. */
  async post(status: object = {}): Promise<void> {
    const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z');
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      lastHeartbeatTime: now,
      lastTransitionTime: now,
    };
    const room = { cpu: '2', memory: '4Gi', pods: '10' };
    const addresses = [
      { type: 'InternalIP', address: this.address },
      { type: 'Hostname', address: this.name },
    ];
    const whole = { capacity: room, allocatable: room, addresses, conditions: [ready], ...status };
    await this.client.patch(nodes, this.name, { status: whole }, { type: 'merge', subresource: 'status' });
  }

  async renewLease(): Promise<void> {
    const namespace = 'kube-node-lease';
    const spec = {
      holderIdentity: this.name,
      leaseDurationSeconds: 40,
      renewTime: new Date().toISOString().replace('Z', '000Z'),
    };
    try {
      await this.client.patch(leases, this.name, { spec }, { namespace, type: 'merge' });
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.client.create(leases, { metadata: { name: this.name, namespace }, spec });
    }
  }

  /** Asks for a certificate and returns the request as it was made. */
  async request(request: Request): Promise<CertificateSigningRequest> {
    return (await requested(this.client, { commonName: `system:node:${this.name}`, ...request })).csr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
  }
}

/** Asks for a certificate with a fresh key. */
export async function requested(client: KubeClient, request: Request) {
  const keyPair = generateKeyPair('ecdsa-p256');
  const { commonName = 'alice', dnsNames, ipAddresses, signerName, usages } = request;
  const organizations = commonName.startsWith('system:node:') ? ['system:nodes'] : [];
  const subject = { commonName, organizations };
  const pem = createCertificateRequest({ keyPair, subject, dnsNames, ipAddresses });
  const csr = await client.create(certificateSigningRequests, {
    metadata: { generateName: 'test-' },
    spec: { request: Buffer.from(pem).toString('base64'), signerName, usages },
  });
  return { csr, key: encodePrivateKey(keyPair) };
}

/** Asks for a certificate and waits until it is issued. */
export async function issued(client: KubeClient, request: Request): Promise<{ cert: string; key: string }> {
  const { csr, key } = await requested(client, request);
  const certificate = await eventually(
    async () => (await client.get(certificateSigningRequests, csr.metadata.name)).status?.certificate,
  );
  return { cert: Buffer.from(certificate, 'base64').toString('utf8'), key };
}
