import { describe, expect } from 'bun:test';
import { readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { loadKubeconfig, writeKubeconfig } from '@hawser/client';
import { nodeLayout } from '@hawser/config';
import { parseCertificate } from '@hawser/pki';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { shellPod } from '../cluster/objects.ts';
import { createPod, isReady, logOf, podThat } from '../cluster/pods.ts';
import type { RunningCommand } from '../cluster/running-command.ts';

const LIFETIME_S = 8;
const suite = shareCluster({
  nodes: 1,
  flags: { 'controller-manager': ['--cluster-signing-duration', `${LIFETIME_S}s`] },
});

function serialNumber(cluster: Cluster, purpose: 'client' | 'server'): string {
  const { pki } = nodeLayout(cluster.place.home, 'node-1');
  return parseCertificate(readFileSync(join(pki, `kubelet-${purpose}-current.pem`), 'utf8')).serialNumber;
}

describe('certificates that live for seconds', () => {
  suite.test(
    'are renewed twice while the node works on, and none sooner than need be',
    async (cluster) => {
      const namespace = await cluster.namespace();
      const path = await createPod(cluster, namespace, shellPod('a', 'echo hello; exec sleep 3600'));
      await podThat(cluster, path, isReady);
      await eventuallyPasses(async () => expect(await logOf(cluster, path)).toBe('hello\n'));
      const streams = [
        cluster.startKubectl('1.36', '-n', namespace, 'exec', 'a', '--', 'sh', '-c', TICKING),
        cluster.startKubectl('1.36', '-n', namespace, 'get', 'pods', '-w', '-o', 'name'),
      ];
      await using _exec = streams[0]!;
      await using _watch = streams[1]!;
      const seen = { client: new Set<string>(), server: new Set<string>() };
      const refused: string[] = [];
      const startMs = performance.now();
      await eventuallyPasses(
        async () => {
          seen.client.add(serialNumber(cluster, 'client'));
          seen.server.add(serialNumber(cluster, 'server'));
          const answer = await cluster.admin.get(`${path}/log`);
          if (answer.text !== 'hello\n') refused.push(`${answer.status} ${answer.text}`);
          expect(Math.min(seen.client.size, seen.server.size)).toBeGreaterThan(2);
        },
        3 * LIFETIME_S * 1000,
      );
      expect(refused).toEqual([]);
      // The command that was begun with the first certificates is heard still.
      const [exec, watch] = streams as [RunningCommand, RunningCommand];
      const ticks = exec.lines.length;
      await eventually(() => exec.lines.length > ticks + 2);
      expect(exec.lines).toEqual(exec.lines.map((_, index) => `tick ${index + 1}`));
      expect(exec.stderr).toBe('');
      const seconds = (performance.now() - startMs) / 1000;
      // Upstream renews when 70 to 90 per cent of a life are over.
      const bound = Math.ceil(seconds / (0.6 * LIFETIME_S)) + 1;
      for (const serials of Object.values(seen)) expect(serials.size).toBeLessThanOrEqual(bound);
      await cluster.nodeReady('node-1');
      const later = await createPod(cluster, namespace, shellPod('b', 'echo later; exec sleep 3600'));
      await podThat(cluster, later, isReady);
      await eventuallyPasses(async () => expect(await logOf(cluster, later)).toBe('later\n'));
      await eventually(() => watch.lines.includes('pod/b'));
      await countsRenewals(cluster);
    },
    90_000,
  );

  suite.test(
    'that have expired while the node was off are asked for anew, with the bootstrap token',
    async (cluster) => {
      await expireWhileOff(cluster);
      await cluster.restart('node-1');
      await eventually(() => logSince(cluster).includes('node identity established'));
      await cluster.nodeReady('node-1');
    },
    90_000,
  );

  suite.test(
    'that have expired, and a token that is gone: the kubelet says what helps, and goes on once it is there',
    async (cluster) => {
      const namespace = await cluster.namespace();
      const path = await createPod(cluster, namespace, shellPod('c', 'echo once; exec sleep 3600'));
      await podThat(cluster, path, isReady);
      const { bootstrapKubeconfig } = nodeLayout(cluster.place.home, 'node-1');
      await deleteTokens(cluster);
      await expireWhileOff(cluster);
      await cluster.restart('node-1');
      await eventually(() => logSince(cluster).includes('this node has no identity'));
      const said = logSince(cluster);
      expect(said).toContain('kubelet-client-current.pem expired at');
      expect(said).toContain(`the token in ${bootstrapKubeconfig} is refused`);
      expect(cluster.service('node-1').running).toBe(true);
      await giveToken(cluster, bootstrapKubeconfig);
      await cluster.nodeReady('node-1');
      // The pod of before is the node's again, and its container was not touched.
      await eventuallyPasses(async () => expect(await logOf(cluster, path)).toBe('once\n'));
      expect(logSince(cluster).split('this node has no identity').length).toBeLessThan(5);
    },
    90_000,
  );

  suite.test(
    'that expire while the hub is away: nothing is served with them, and the node is back with its token',
    async (cluster) => {
      await eventuallyPasses(async () => void (await giveToken(cluster, bootstrapOf(cluster))));
      const namespace = await cluster.namespace();
      const path = await createPod(cluster, namespace, shellPod('d', 'echo here; exec sleep 3600'));
      await podThat(cluster, path, isReady);
      logStart = cluster.service('node-1').log().length;
      await cluster.service('apiserver').stop();
      await eventually(() => logSince(cluster).includes('the HTTPS API is closed'), 2 * LIFETIME_S * 1000);
      const url = `https://127.0.1.1:${cluster.ports.kubelet}/healthz`;
      await expect(fetch(url, { tls: { rejectUnauthorized: false } })).rejects.toThrow();
      await cluster.restart('apiserver');
      await cluster.hubReady();
      await eventuallyPasses(async () => expect(await logOf(cluster, path)).toBe('here\n'), 40_000);
      await cluster.nodeReady('node-1');
    },
    120_000,
  );

  suite.test(
    'and a file that is torn: the kubelet goes on',
    async (cluster) => {
      const { clientCertificate } = nodeLayout(cluster.place.home, 'node-1');
      await cluster.kill9('node-1');
      logStart = cluster.service('node-1').log().length;
      truncateSync(clientCertificate, 200);
      await cluster.restart('node-1');
      await eventually(() => logSince(cluster).includes('serving HTTPS'));
      expect(parseCertificate(readFileSync(clientCertificate, 'utf8')).notAfter > new Date()).toBe(true);
      await cluster.nodeReady('node-1');
    },
    90_000,
  );
});

const TICKING = 'n=0; while :; do n=$((n+1)); echo "tick $n"; sleep 0.5; done';

async function countsRenewals(cluster: Cluster): Promise<void> {
  const { text } = await cluster.admin.get('/api/v1/nodes/node-1/proxy/metrics');
  const metricOf = (name: string) => Number(new RegExp(`^${name} (.+)$`, 'm').exec(text)?.[1]);
  for (const purpose of ['client', 'server']) {
    const left = metricOf(`kubelet_certificate_manager_${purpose}_ttl_seconds`);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(LIFETIME_S);
  }
  expect(metricOf('kubelet_certificate_manager_server_rotation_seconds_count')).toBeGreaterThanOrEqual(2);
  expect(metricOf('kubelet_certificate_manager_client_expiration_renew_errors')).toBe(0);
  expect(metricOf('kubelet_server_expiration_renew_errors')).toBe(0);
}

let logStart = 0;
/** What the kubelet has said since it was stopped last. */
const logSince = (cluster: Cluster) => cluster.service('node-1').log().slice(logStart);

/** Stops the kubelet until its certificates have expired. */
async function expireWhileOff(cluster: Cluster): Promise<void> {
  const { clientCertificate } = nodeLayout(cluster.place.home, 'node-1');
  // As if the machine had lost power: its containers run on here, and nothing is said to the hub.
  await cluster.kill9('node-1');
  logStart = cluster.service('node-1').log().length;
  const { notAfter } = parseCertificate(readFileSync(clientCertificate, 'utf8'));
  await eventually(() => new Date() > notAfter);
}

const bootstrapOf = (cluster: Cluster) => nodeLayout(cluster.place.home, 'node-1').bootstrapKubeconfig;

async function deleteTokens(cluster: Cluster): Promise<void> {
  const secrets = '/api/v1/namespaces/kube-system/secrets';
  const { json } = await cluster.admin.get(secrets);
  for (const { metadata } of json.items)
    if (metadata.name.startsWith('bootstrap-token-'))
      await cluster.admin.delete(`${secrets}/${metadata.name}`);
}

/** What an administrator does for a node that asks for a token. */
async function giveToken(cluster: Cluster, bootstrapKubeconfig: string): Promise<void> {
  const { stdout } = await cluster.hawser('token', 'create', '--kubeconfig', cluster.layout.adminKubeconfig);
  const kubeconfig = loadKubeconfig(bootstrapKubeconfig);
  for (const { user } of kubeconfig.users) user.token = stdout.trim();
  writeKubeconfig(bootstrapKubeconfig, kubeconfig);
}
