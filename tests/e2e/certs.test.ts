import { describe, expect } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { loadCertificateAuthority, loadKeyPair, parseCertificate, signCertificate } from '@hawser/pki';
import { readAuditStream } from '../cluster/audit-stream.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventually } from '../cluster/eventually.ts';
import { configMap } from '../cluster/objects.ts';

const suite = shareCluster({ nodes: 1, nats: true });

/** The serial number of the certificate that a server shows. */
function served(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(parseCertificate(socket.getPeerCertificate().raw).serialNumber);
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

const serialIn = (path: string) => parseCertificate(readFileSync(path, 'utf8')).serialNumber;
const certs = (cluster: Cluster, ...args: string[]) =>
  cluster.hawser('certs', ...args, '--home', cluster.place.home);

describe('hawser certs', () => {
  suite.test('renews everything of a running cluster, which goes on', async (cluster) => {
    const { pki } = cluster.layout;
    const before = await served(cluster.ports.hub);
    const renewed = await certs(cluster, 'renew', 'all', '--new-key');
    expect(renewed).toMatchObject({ exitCode: 0, stderr: '' });
    expect(renewed.stdout.match(/ renewed \(/g)).toHaveLength(16);
    await eventually(async () => (await served(cluster.ports.hub)) === serialIn(pki.apiserver.certificate));
    expect(await served(cluster.ports.hub)).not.toBe(before);
    // The kubeconfig that users have has been renewed, too.
    const { exitCode, stdout } = await cluster.kubectl('1.36', 'auth', 'whoami', '-o', 'json');
    expect({ exitCode, user: JSON.parse(stdout).status.userInfo.username }).toEqual({
      exitCode: 0,
      user: 'kubernetes-admin',
    });
    // Audit events go on, and what the hub asks kubelets for.
    const namespace = await cluster.namespace();
    const made = await cluster.admin.post(`/api/v1/namespaces/${namespace}/configmaps`, configMap('after'));
    expect(made.status).toBe(201);
    await eventually(async () =>
      (await readAuditStream(cluster)).some(({ event }) => event.objectRef?.namespace === namespace),
    );
    const node = await cluster.admin.get('/api/v1/nodes/node-1/proxy/healthz');
    expect(node.text).toBe('ok');
    await cluster.nodeReady('node-1');
  });

  suite.test('says what has expired, and fails', async (cluster) => {
    const { certificate, key } = cluster.layout.natsPki.eventsReader;
    const { ca } = cluster.layout.natsPki;
    const old = readFileSync(certificate, 'utf8');
    const authority = loadCertificateAuthority(
      readFileSync(ca.certificate, 'utf8'),
      readFileSync(ca.key, 'utf8'),
    );
    const expired = signCertificate({
      ca: authority,
      publicKey: loadKeyPair(readFileSync(key, 'utf8')).publicKey,
      subject: { commonName: 'events-reader' },
      usages: ['client auth'],
      notBefore: new Date(Date.now() - 7_200_000),
      notAfter: new Date(Date.now() - 3_600_000),
    });
    writeFileSync(certificate, expired);
    const checked = await certs(cluster, 'check-expiration');
    expect(checked.exitCode).toBe(1);
    expect(checked.stderr).toBe(`hawser: nats-events-reader has expired (${certificate})\n`);
    expect(checked.stdout).toMatch(/^nats-events-reader .* <invalid> +nats-ca +no$/m);
    writeFileSync(certificate, old);
    expect((await certs(cluster, 'check-expiration', '-o', 'json')).exitCode).toBe(0);
  });
});
