import { describe, expect } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import { type AuthorityFiles, nodeLayout } from '@hawser/config';
import { type CertificateAuthority, parseCertificate, parseCertificateBundle } from '@hawser/pki';
import { initCommand, konnectivityAgentCommand } from '../../scripts/services.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { authorityOf, identityOf, issue, type KeyMaterial } from '../cluster/identities.ts';
import { shellPod } from '../cluster/objects.ts';
import { createPod, isReady, podThat } from '../cluster/pods.ts';
import type { RunningCommand } from '../cluster/running-command.ts';
import type { WireClient } from '../cluster/wire-client.ts';

/** Nodes' certificates live so long: all are renewed while the test waits for it. */
const LIFETIME_S = 15;
const RENEWED_MS = 3 * LIFETIME_S * 1000;
const AUTHORITIES = ['cluster', 'konnectivity', 'nats'] as const;
const ROOT_CA = '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt';
const TICKING = 'n=0; while :; do n=$((n+1)); echo "tick $n"; sleep 0.2; done';

const suite = shareCluster({
  nodes: 1,
  nats: true,
  egress: 'konnectivity',
  flags: { 'controller-manager': ['--cluster-signing-duration', `${LIFETIME_S}s`] },
});

/** As the administrator's kubeconfig now is. */
const administrator = (cluster: Cluster): WireClient =>
  cluster.wire(identityOf(cluster.layout.adminKubeconfig));

const authorities = ({ layout }: Cluster): AuthorityFiles[] => [
  layout.pki.ca,
  layout.konnectivityPki.ca,
  layout.natsPki.ca,
];

const read = (path: string) => readFileSync(path, 'utf8');
const nameOf = ({ certificate }: AuthorityFiles) => parseCertificate(read(certificate)).subject.commonName;

/** One step for each CA, and what an operator does after it. */
async function step(cluster: Cluster, name: 'prepare' | 'switch' | 'finish'): Promise<void> {
  const { home } = cluster.place;
  for (const authority of AUTHORITIES) {
    const outcome = await cluster.hawser('ca', name, '--home', home, '--authority', authority);
    expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
  }
  await complete(cluster);
  const manifest = join(cluster.layout.hub.manifests, 'cluster-configuration.yaml');
  await eventuallyPasses(async () => {
    const replaced = await cluster.kubectl('1.36', 'replace', '-f', manifest);
    expect(replaced.exitCode, replaced.stderr).toBe(0);
  });
  process.kill(cluster.service('nats').pid, 'SIGHUP');
}

/** `hawser init` again, with the flags of before. */
async function complete(cluster: Cluster): Promise<void> {
  const argv = initCommand(cluster.place, 1);
  const outcome = await cluster.hawser(...argv.slice(argv.indexOf('init')));
  expect(outcome).toMatchObject({ exitCode: 0, stderr: '' });
}

/** Enough of a PEM text to know it by: a serial number is in it. */
const firstLine = (pem: string) => pem.trimEnd().split('\n')[1]!;

/** Who issued the certificate that is shown at an address, to whoever trusts the file's CAs. */
function issuerAt(host: string, port: number, bundle: string, alpn: string[] = []): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host, port, ca: read(bundle), ALPNProtocols: alpn });
    // A server that wants a certificate of ours may say so at once.
    socket.once('secureConnect', () => {
      const { raw } = socket.getPeerCertificate();
      resolve(parseCertificate(raw).issuer.commonName);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

/** Everything that the CAs stand for works, and does so once it has had time to hear of the last step. */
async function everythingWorks(cluster: Cluster, namespace: string, name: string): Promise<void> {
  const admin = administrator(cluster);
  const { bundle } = cluster.layout.pki.ca;
  const says = `hello ${name}`;
  const created = await admin.post(
    `/api/v1/namespaces/${namespace}/pods`,
    shellPod(name, `echo ${says}; exec sleep 3600`),
  );
  expect(created.status).toBe(201);
  const kubectl = async (...args: string[]) => {
    const { stdout, stderr, exitCode } = await cluster.kubectl('1.36', '-n', namespace, ...args);
    if (exitCode !== 0) throw new Error(stderr);
    return stdout;
  };
  await eventuallyPasses(async () => {
    // Its log and its command come through Konnectivity, over links of all of the certificates.
    expect(await kubectl('logs', name)).toBe(`${says}\n`);
    expect(await kubectl('exec', name, '--', 'echo', says)).toBe(`${says}\n`);
  }, 30_000);
  await eventuallyPasses(async () => {
    const published = await admin.get(`/api/v1/namespaces/${namespace}/configmaps/kube-root-ca.crt`);
    expect(published.json.data['ca.crt']).toBe(read(bundle));
    const information = await admin.get('/api/v1/namespaces/kube-public/configmaps/cluster-info');
    expect(information.json.data.kubeconfig).toContain(Buffer.from(read(bundle)).toString('base64'));
    expect(await kubectl('exec', name, '--', 'cat', ROOT_CA)).toBe(read(bundle));
    const configuration = await admin.get('/api/v1/namespaces/kube-system/configmaps/hawser-config');
    for (const { bundle: other } of authorities(cluster).slice(1))
      expect(configuration.text).toContain(firstLine(read(other)));
  }, 30_000);
  await eventuallyPasses(async () => {
    const { json } = await admin.get('/api/v1/nodes/node-1');
    expect(json.status.conditions.find(({ type }: { type: string }) => type === 'Ready').status).toBe('True');
    const lease = await admin.get('/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/node-1');
    expect(Date.now() - Date.parse(lease.json.spec.renewTime)).toBeLessThan(20_000);
  });
  await eventuallyPasses(async () => {
    const { text } = await admin.get('/metrics');
    expect(text).toContain('hawser_audit_nats_connected 1\n');
  }, 20_000);
}

/** Every certificate that is shown or kept is of the CAs that sign now. */
async function everythingIsOfTheNext(cluster: Cluster): Promise<void> {
  const { layout, ports, place } = cluster;
  const [ca, konnectivity] = authorities(cluster) as [AuthorityFiles, AuthorityFiles, AuthorityFiles];
  const node = nodeLayout(place.home, 'node-1');
  const { hostname, port } = new URL(cluster.server);
  await eventuallyPasses(async () => {
    expect(await issuerAt(hostname, Number(port), ca.bundle)).toBe(nameOf(ca));
    const agents = issuerAt('127.0.0.1', ports.konnectivityAgents, konnectivity.bundle, ['h2']);
    expect(await agents).toBe(nameOf(konnectivity));
    expect(await issuerAt('127.0.1.1', ports.kubelet, ca.bundle)).toBe(nameOf(ca));
    for (const purpose of ['client', 'server'])
      expect(parseCertificate(read(`${node.pki}/kubelet-${purpose}-current.pem`)).issuer.commonName).toBe(
        nameOf(ca),
      );
    expect(parseCertificate(identityOf(layout.adminKubeconfig).cert!).issuer.commonName).toBe(nameOf(ca));
  }, RENEWED_MS);
}

/** What the hub answers to a certificate of this CA, on a connection of its own. */
async function statusFor(cluster: Cluster, identity: KeyMaterial): Promise<number> {
  using client = cluster.wire(identity);
  return (await client.get('/api')).status;
}

const ofCa = (ca: CertificateAuthority): KeyMaterial =>
  issue(ca, { commonName: 'jane', organizations: ['hawser:cluster-admins'] });

/** Still goes on, without a gap. */
async function goesOn(command: RunningCommand): Promise<void> {
  const before = command.lines.length;
  await eventually(() => command.lines.length > before + 2);
  expect(command.lines).toEqual(command.lines.map((_, index) => `tick ${index + 1}`));
}

describe('the CAs of the cluster, of Konnectivity and of NATS', () => {
  suite.test(
    'are replaced while everything works, and what the ones before have signed is refused at the end',
    async (cluster) => {
      const namespace = await cluster.namespace();
      const [ca, konnectivity] = authorities(cluster) as [AuthorityFiles, AuthorityFiles, AuthorityFiles];
      const old = authorityOf(ca);
      const oldKonnectivity = authorityOf(konnectivity);
      const path = await createPod(cluster, namespace, shellPod('first', 'exec sleep 3600'));
      await podThat(cluster, path, isReady);
      await everythingWorks(cluster, namespace, 'before');
      const exec = () =>
        cluster.startKubectl('1.36', '-n', namespace, 'exec', 'first', '--', 'sh', '-c', TICKING);
      await using early = exec();
      await goesOn(early);

      await step(cluster, 'prepare');
      expect(parseCertificateBundle(read(ca.bundle))).toHaveLength(2);
      await everythingWorks(cluster, namespace, 'prepared');
      await goesOn(early);
      // Not before everybody trusts both may the next one sign.
      const next = authorityOf(ca.next);
      await eventuallyPasses(async () => expect(await statusFor(cluster, ofCa(next))).toBe(200));
      expect(await statusFor(cluster, ofCa(old))).toBe(200);

      await step(cluster, 'switch');
      process.kill(cluster.service('node-1').pid, 'SIGUSR2');
      await eventually(() => cluster.service('node-1').log().includes('renewing the certificates, as told'));
      await everythingIsOfTheNext(cluster);
      await everythingWorks(cluster, namespace, 'switched');
      await goesOn(early);
      expect(await statusFor(cluster, ofCa(old))).toBe(200);
      await using late = exec();
      await goesOn(late);

      await step(cluster, 'finish');
      expect(parseCertificateBundle(read(ca.bundle))).toHaveLength(1);
      await eventuallyPasses(async () => expect(await statusFor(cluster, ofCa(old))).toBe(401));
      expect(await statusFor(cluster, ofCa(next))).toBe(200);
      // The stream of somebody whose certificate counts no more ends; that of another goes on.
      expect((await early.ended()).exitCode).not.toBe(0);
      await goesOn(late);
      await everythingWorks(cluster, namespace, 'after');
      await refusesAtNode(cluster, ofCa(old), 401);
      await refusesAtNode(cluster, ofCa(next), 200);
      await refusesAgents(
        cluster,
        issue(old, { commonName: 'system:node:node-1', organizations: ['system:nodes'] }),
      );
      expect(oldKonnectivity.certificate.raw.equals(authorityOf(konnectivity).certificate.raw)).toBe(false);
      for (const service of ['apiserver', 'controller-manager', 'konnectivity-server', 'node-1', 'nats'])
        expect(cluster.service(service).running).toBe(true);
    },
    240_000,
  );
});

/** What the kubelet itself answers. */
async function refusesAtNode(cluster: Cluster, identity: KeyMaterial, status: number): Promise<void> {
  const { ports, layout } = cluster;
  const tlsOptions = { ca: read(layout.pki.ca.bundle), cert: identity.cert, key: identity.key };
  await eventuallyPasses(async () => {
    const answer = await fetch(`https://127.0.1.1:${ports.kubelet}/pods`, { tls: tlsOptions });
    expect(answer.status).toBe(status);
  }, 20_000);
}

/** An agent with this certificate is not let in by Konnectivity's server, and the server says why. */
async function refusesAgents(cluster: Cluster, { cert, key }: KeyMaterial): Promise<void> {
  const certificate = join(cluster.place.home, 'old-agent.pem');
  writeFileSync(certificate, cert + key, { mode: 0o600 });
  const argv = konnectivityAgentCommand(cluster.place, { name: 'node-1', address: '127.0.1.9' });
  const own = ['--agent-cert', certificate, '--agent-key', certificate, '--health-server-host', '127.0.1.9'];
  cluster.add('old-agent', [...argv, ...own, '--admin-bind-address', '127.0.1.9']).start();
  await eventually(() => cluster.service('konnectivity-server').log().includes('agent refused'));
  await cluster.service('old-agent').stop();
}
