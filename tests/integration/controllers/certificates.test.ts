import { describe, expect } from 'bun:test';
import { certificateSigningRequests, events } from '@hawser/api';
import { KubeClient } from '@hawser/client';
import { isIssuedBy, parseCertificate } from '@hawser/pki';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { BareNode, requested } from './bare-node.ts';

const suite = shareCluster({ controllerManager: true });
const adminOf = (cluster: Cluster) =>
  KubeClient.fromKubeconfig(cluster.layout.adminKubeconfig, { userAgent: 'test' });

const SERVING = 'kubernetes.io/kubelet-serving';
const serving = { signerName: SERVING, usages: ['digital signature', 'server auth'] } as const;

async function conditionsOf(client: KubeClient, name: string): Promise<string[]> {
  const csr = await client.get(certificateSigningRequests, name);
  return (csr.status?.conditions ?? []).map(({ type, reason }) => `${type} ${reason}`);
}

describe('certificates', () => {
  suite.test('a bootstrap token becomes a node with a certificate of the cluster', async (cluster) => {
    await using node = await BareNode.join(cluster, 'joined', '127.0.1.20');
    await using admin = adminOf(cluster);
    const { items } = await admin.list(certificateSigningRequests);
    const csr = items.find(({ spec }) => spec.signerName.endsWith('client-kubelet'))!;
    expect(csr.status?.conditions?.[0]).toMatchObject({ type: 'Approved', reason: 'AutoApproved' });
    const certificate = parseCertificate(Buffer.from(csr.status!.certificate!, 'base64').toString());
    expect(certificate.subject).toMatchObject({
      commonName: 'system:node:joined',
      organizations: ['system:nodes'],
    });
    expect(isIssuedBy(certificate, parseCertificate(node.ca))).toBe(true);
  });

  suite.test('a node is certified for the address that it speaks from', async (cluster) => {
    await using node = await BareNode.join(cluster, 'honest', '127.0.1.21');
    const csr = await node.request({
      ...serving,
      usages: [...serving.usages],
      dnsNames: ['honest'],
      ipAddresses: ['127.0.1.21'],
    });
    await eventually(async () =>
      (await conditionsOf(node.client, csr.metadata.name)).includes('Approved AutoApproved'),
    );
    await eventually(
      async () => (await node.client.get(certificateSigningRequests, csr.metadata.name)).status?.certificate,
    );
  });

  suite.test("a node is not certified for another node's address, and an event says so", async (cluster) => {
    await using victim = await BareNode.join(cluster, 'victim', '127.0.1.22');
    const addresses = [
      { type: 'InternalIP', address: '127.0.1.23' },
      { type: 'ExternalIP', address: victim.address },
    ];
    await using thief = await BareNode.join(cluster, 'thief', '127.0.1.23', { addresses });
    const csr = await thief.request({
      ...serving,
      usages: [...serving.usages],
      ipAddresses: [victim.address],
    });
    await using admin = adminOf(cluster);
    const fieldSelector = `involvedObject.name=${csr.metadata.name}`;
    const event = await eventually(async () => (await admin.list(events, { fieldSelector })).items[0]);
    expect(event).toMatchObject({ type: 'Warning', reason: 'ServingCertificateNotApproved' });
    expect(event.message).toContain('claimed by another node');
    expect(await conditionsOf(admin, csr.metadata.name)).toEqual([]);
  });

  suite.test('a listed address is approved as soon as an administrator lists it', async (cluster) => {
    const addresses = [{ type: 'ExternalIP', address: '203.0.113.9' }];
    await using node = await BareNode.join(cluster, 'far', '127.0.1.24', { addresses });
    const csr = await node.request({ ...serving, usages: [...serving.usages], ipAddresses: ['203.0.113.9'] });
    await using admin = adminOf(cluster);
    const fieldSelector = `involvedObject.name=${csr.metadata.name}`;
    await eventually(async () => (await admin.list(events, { fieldSelector })).items[0]);
    const answer = await cluster.admin.patch('/api/v1/nodes/far', 'merge', {
      metadata: { annotations: { 'hawser.dev/allowed-addresses': '203.0.113.9' } },
    });
    expect(answer.status).toBe(200);
    await eventually(async () =>
      (await conditionsOf(admin, csr.metadata.name)).includes('Approved AutoApproved'),
    );
  });

  suite.test('a client certificate waits for a person, and breaks the rules in vain', async (cluster) => {
    await using admin = adminOf(cluster);
    const signerName = 'kubernetes.io/kube-apiserver-client';
    const { csr: good } = await requested(admin, { signerName, usages: ['client auth'] });
    const { csr: bad } = await requested(admin, { signerName, usages: ['client auth', 'server auth'] });
    expect(await conditionsOf(admin, good.metadata.name)).toEqual([]);
    for (const { metadata } of [good, bad]) {
      const { exitCode, stderr } = await cluster.kubectl('1.36', 'certificate', 'approve', metadata.name);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    }
    const certificate = await eventually(
      async () => (await admin.get(certificateSigningRequests, good.metadata.name)).status?.certificate,
    );
    expect(parseCertificate(Buffer.from(certificate, 'base64').toString()).subject.commonName).toBe('alice');
    await eventually(async () =>
      (await conditionsOf(admin, bad.metadata.name)).includes('Failed SignerValidationFailure'),
    );
  });
});
