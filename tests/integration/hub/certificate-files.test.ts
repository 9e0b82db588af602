import { describe, expect } from 'bun:test';
import { readFileSync, rmSync } from 'node:fs';
import tls from 'node:tls';
import { createCertificateAuthority, parseCertificate } from '@hawser/pki';
import { writeFileAtomic } from '@hawser/runtime';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventuallyPasses } from '../../cluster/eventually.ts';
import { authorityOf, issue, type KeyMaterial } from '../../cluster/identities.ts';

const suite = shareCluster();
const NAMES = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };

/** A certificate of the hub itself, of its CA. */
const hubCertificate = ({ layout }: Cluster): KeyMaterial =>
  issue(authorityOf(layout.pki.ca), { commonName: 'kube-apiserver', sans: NAMES });

const serialOf = (pem: string) => parseCertificate(pem).serialNumber;

/** What a new connection is shown. */
function servedSerial({ server, admin }: Cluster): Promise<string> {
  const { hostname, port } = new URL(server);
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: hostname, port: Number(port), ca: admin.identity.ca });
    socket.on('error', reject).once('secureConnect', () => {
      resolve(parseCertificate(socket.getPeerCertificate().raw).serialNumber);
      socket.destroy();
    });
  });
}

async function reloads({ admin }: Cluster, files: string, status: string): Promise<number> {
  const { text } = await admin.get('/metrics');
  const name = 'hawser_tls_files_automatic_reloads_total';
  return Number(
    new RegExp(`^${name}\\{files="${files}",status="${status}"\\} (.+)$`, 'm').exec(text)?.[1] ?? 0,
  );
}

describe('the hub, whose files are changed while it runs,', () => {
  suite.test(
    'shows its new certificate once its key is there too, and keeps its connections',
    async (cluster) => {
      const { certificate, key } = cluster.layout.pki.apiserver;
      const before = serialOf(readFileSync(certificate, 'utf8'));
      const renewed = hubCertificate(cluster);
      using watch = await cluster.admin.watch('/api/v1/namespaces');
      writeFileAtomic(certificate, renewed.cert);
      await eventuallyPasses(async () =>
        expect(await reloads(cluster, 'serving', 'failure')).toBeGreaterThan(0),
      );
      expect(await servedSerial(cluster)).toBe(before);
      writeFileAtomic(key, renewed.key, 0o600);
      await eventuallyPasses(async () => expect(await servedSerial(cluster)).toBe(serialOf(renewed.cert)));
      expect(await reloads(cluster, 'serving', 'success')).toBe(1);
      const log = cluster.service('apiserver').log();
      expect(log.split('certificates cannot be reloaded').length).toBe(2);
      expect(log).toContain("the private key is not the certificate's");
      const namespace = await cluster.namespace();
      await watch.until(({ object }) => object.metadata.name === namespace);
    },
  );

  for (const [name, spoil] of [
    ['cut off', (path: string, pem: string) => writeFileAtomic(path, pem.slice(0, -100))],
    ['empty', (path: string) => writeFileAtomic(path, '')],
    ['gone', (path: string) => rmSync(path)],
  ] as const)
    suite.test(`goes on with its CA of clients while that file is ${name}`, async (cluster) => {
      const { bundle } = cluster.layout.pki.ca;
      const pem = readFileSync(bundle, 'utf8');
      const failures = await reloads(cluster, 'client-ca', 'failure');
      spoil(bundle, pem);
      await eventuallyPasses(async () =>
        expect(await reloads(cluster, 'client-ca', 'failure')).toBeGreaterThan(failures),
      );
      using fresh = cluster.wire(cluster.admin.identity);
      expect((await fresh.get('/api/v1/namespaces')).status).toBe(200);
      writeFileAtomic(bundle, pem);
    });

  suite.test(
    'knows clients of a CA from when it is there to when it is gone, and no longer',
    async (cluster) => {
      const { bundle } = cluster.layout.pki.ca;
      const pem = readFileSync(bundle, 'utf8');
      const now = Date.now();
      const other = createCertificateAuthority({
        subject: { commonName: 'other' },
        notBefore: new Date(now - 60_000),
        notAfter: new Date(now + 3_600_000),
      });
      const administrator = { commonName: 'somebody', organizations: ['hawser:cluster-admins'] };
      const identity = issue(other, administrator);
      const statusOf = async () => {
        using client = cluster.wire(identity);
        return (await client.get('/api/v1/namespaces')).status;
      };
      expect(await statusOf()).toBe(401);
      writeFileAtomic(bundle, pem + other.certificatePem);
      await eventuallyPasses(async () => expect(await statusOf()).toBe(200));
      const [theirs, ours] = [cluster.wire(identity), cluster.admin];
      using leaving = await theirs.watch('/api/v1/namespaces');
      using staying = await ours.watch('/api/v1/namespaces');
      writeFileAtomic(bundle, pem);
      await eventuallyPasses(async () => expect(await statusOf()).toBe(401));
      await expect(leaving.until(() => false)).rejects.toThrow('the watch has ended');
      const namespace = await cluster.namespace();
      await staying.until(({ object }) => object.metadata.name === namespace);
      const { text } = await ours.get('/metrics');
      expect(text).toMatch(/^apiserver_client_certificate_expiration_seconds_bucket\{le="3600"\} [1-9]/m);
    },
  );
});
