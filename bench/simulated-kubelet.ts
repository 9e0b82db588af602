import { randomUUID } from 'node:crypto';
import { certificateSigningRequests as csrs, type Lease, leases, nodes, pods, services } from '@hawser/api';
import { Informer, KubeClient, staticCredentials } from '@hawser/client';
import { createCertificateRequest, encodePrivateKey, generateKeyPair } from '@hawser/pki';
import { sleep } from '@hawser/runtime';

export interface SimulatedKubeletOptions {
  readonly name: string;
  /** A loopback address of its own: serving certificates are granted for where a node is seen to be. */
  readonly address: string;
  readonly server: string;
  readonly ca: string;
  /** A bootstrap token. */
  readonly token: string;
}

interface Wanted {
  readonly signerName: string;
  readonly usage: 'client auth' | 'server auth';
  readonly addresses?: readonly string[];
}

const CLIENT: Wanted = {
  signerName: 'kubernetes.io/kube-apiserver-client-kubelet',
  usage: 'client auth',
};
const LEASE_NAMESPACE = 'kube-node-lease';
const LEASE_RENEW_MS = 10_000;
const REQUEST_TIMEOUT_MS = 120_000;

/**
 * What a kubelet says to the hub from its first word on, without containers: a CSR with a bootstrap token, its Node and
 * Lease, a CSR for its own API, then the watches that a kubelet holds and a renewal of its Lease every 10 s.
 */
export class SimulatedKubelet implements AsyncDisposable {
  readonly #options: SimulatedKubeletOptions;
  readonly #stopping = new AbortController();
  readonly #resources = new AsyncDisposableStack();
  readonly #loops: Promise<void>[] = [];

  constructor(options: SimulatedKubeletOptions) {
    this.#options = options;
  }

  /** Resolves when the Node is registered as Ready and the serving certificate is there. @throws what the hub refuses. */
  async join(): Promise<void> {
    const { name, token, ca, address } = this.#options;
    const key = generateKeyPair('ecdsa-p256');
    const bootstrap = this.#client({ ca }, token);
    const cert = await this.#certificate(bootstrap, key, CLIENT);
    await bootstrap[Symbol.asyncDispose]();
    const client = this.#resources.use(this.#client({ ca, cert, key: encodePrivateKey(key) }));
    await this.#register(client);
    const lease = await client.create(leases, this.#lease());
    const signal = this.#stopping.signal;
    for (const [resource, fieldSelector] of [
      [nodes, `metadata.name=${name}`],
      [pods, `spec.nodeName=${name}`],
      [services, undefined],
    ] as const)
      this.#loops.push(new Informer(client, resource, { fieldSelector }).run(signal));
    this.#loops.push(this.#renew(client, lease, signal));
    const serving = { signerName: 'kubernetes.io/kubelet-serving', usage: 'server auth' } as const;
    await this.#certificate(client, generateKeyPair('ecdsa-p256'), { ...serving, addresses: [address] });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#loops);
    await this.#resources.disposeAsync();
  }

  #client(identity: { ca: string; cert?: string; key?: string }, token?: string): KubeClient {
    const { server, address } = this.#options;
    return new KubeClient(
      { server, credentials: staticCredentials(identity, token) },
      { userAgent: 'hawser-bench', localAddress: address, requestTimeoutMs: REQUEST_TIMEOUT_MS },
    );
  }

  async #certificate(
    client: KubeClient,
    keyPair: ReturnType<typeof generateKeyPair>,
    { signerName, usage, addresses = [] }: Wanted,
  ): Promise<string> {
    const subject = { commonName: `system:node:${this.#options.name}`, organizations: ['system:nodes'] };
    const pem = createCertificateRequest({ keyPair, subject, ipAddresses: addresses });
    const spec = {
      request: Buffer.from(pem).toString('base64'),
      signerName,
      usages: ['digital signature', usage],
    };
    const { metadata } = await client.create(csrs, { metadata: { name: `csr-${randomUUID()}` }, spec });
    const { resourceVersion } = metadata;
    const fieldSelector = `metadata.name=${metadata.name}`;
    const watch = client.watch(csrs, { fieldSelector, resourceVersion }, this.#stopping.signal);
    for await (const { object } of watch) {
      const status = 'status' in object ? object.status : undefined;
      if (status?.certificate) return Buffer.from(status.certificate, 'base64').toString();
      const refused = status?.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed');
      if (refused) throw new Error(`${signerName}: ${refused.type} ${refused.message}`);
    }
    throw new Error(`${signerName}: no certificate`);
  }

  /** As a kubelet: Ready is said once the Node is there. */
  async #register(client: KubeClient): Promise<void> {
    const { name, address } = this.#options;
    const addresses = [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ];
    const status = { addresses, capacity: { cpu: '2', memory: '4Gi', pods: '110' } };
    await client.create(nodes, { metadata: { name, labels: { 'kubernetes.io/hostname': name } }, status });
    const now = new Date().toISOString().replace(/\.\d+/, '');
    const ready = {
      type: 'Ready',
      status: 'True',
      reason: 'KubeletReady',
      message: 'simulated',
      lastHeartbeatTime: now,
      lastTransitionTime: now,
    };
    await client.patch(
      nodes,
      name,
      { status: { ...status, conditions: [ready] } },
      { type: 'strategic', subresource: 'status' },
    );
  }

  #lease(): Lease {
    const { name } = this.#options;
    const renewTime = `${new Date().toISOString().slice(0, -1)}000Z`;
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: LEASE_NAMESPACE },
      spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime },
    };
  }

  async #renew(client: KubeClient, lease: Lease, signal: AbortSignal): Promise<void> {
    let current = lease;
    for (;;) {
      await sleep(LEASE_RENEW_MS, signal);
      current = await client.update(leases, { ...current, spec: this.#lease().spec });
    }
  }
}
