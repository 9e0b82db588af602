import { expect } from 'bun:test';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { foreignAuthority, issue } from '../../cluster/identities.ts';
import { ProxyBackend } from '../../cluster/proxy-backend.ts';

const hub = shareCluster();
const PODS = '/api/v1/namespaces/default/pods';
const ADDRESS = '127.0.1.85';
const foreign = foreignAuthority();
const serving = issue(foreign, { commonName: 'web', sans: { ipAddresses: [ADDRESS] } });

/** Starts the hub again with these flags. */
async function restart(cluster: Cluster, ...flags: string[]): Promise<void> {
  await cluster.restart('apiserver', flags);
  await cluster.untilReady();
}

async function makePod(
  { admin }: Cluster,
  name: string,
  ip: string,
  annotations: Record<string, string> = {},
): Promise<void> {
  await admin.post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  const spec = { containers: [{ name: 'main', image: 'host' }] };
  expectJson(await admin.post(PODS, { metadata: { name, annotations }, spec }), 201);
  expectJson(
    await admin.patch(`${PODS}/${name}/status`, 'merge', { status: { podIP: ip, podIPs: [{ ip }] } }),
  );
}

hub.test('without --allow-loopback-targets nothing on loopback is reached', async (cluster) => {
  await restart(cluster, '--allow-loopback-targets=false');
  await using backend = await ProxyBackend.start(ADDRESS);
  await makePod(cluster, 'local', ADDRESS);
  const answer = await cluster.admin.get(`${PODS}/local:${backend.port}/proxy/`);
  expect(expectFailure(answer, 400, 'BadRequest').message).toBe('address not allowed');
  await cluster.admin.post('/api/v1/nodes', { metadata: { name: 'local' } });
  for (const address of ['127.0.0.1', 'localhost']) {
    const status = { addresses: [{ type: 'Hostname', address }] };
    await cluster.admin.patch('/api/v1/nodes/local/status', 'merge', { status });
    const node = await cluster.admin.get(`/api/v1/nodes/local:${backend.port}/proxy/`);
    expect(expectFailure(node, 400, 'BadRequest').message).toBe('address not allowed');
    expectFailure(await cluster.admin.get('/api/v1/nodes/local/proxy/'), 500, 'InternalError');
  }
  expect(backend.seen).toEqual([]);
});

hub.test('with --forbid-insecure-proxy nobody opts out of verification', async (cluster) => {
  await restart(cluster, '--forbid-insecure-proxy');
  await using backend = await ProxyBackend.start(ADDRESS, serving);
  await makePod(cluster, 'insecure', ADDRESS, { 'hawser.dev/proxy-tls': 'insecure' });
  const answer = await cluster.admin.get(`${PODS}/https:insecure:${backend.port}/proxy/`);
  expect(expectFailure(answer, 503, 'ServiceUnavailable').message).toContain('tls: failed to verify');
  expect(backend.seen).toEqual([]);
});

const files = ['--proxy-ca-file', '--proxy-client-cert-file', '--proxy-client-key-file'] as const;

hub.test(
  'another CA vouches for targets where --proxy-ca-file says so, and they see who the hub is',
  async (cluster) => {
    const client = issue(foreign, { commonName: 'hub-proxy' });
    const texts = [foreign.certificatePem, client.cert, client.key];
    const flags = files.flatMap((flag, index) => {
      const path = join(cluster.layout.home, flag.slice(2));
      writeFileSync(path, texts[index]!, { mode: 0o600 });
      return [flag, path];
    });
    await restart(cluster, ...flags);
    await using backend = await ProxyBackend.start(ADDRESS, { ...serving, ca: foreign.certificatePem });
    let subject: unknown;
    backend.handle = (request, response) => {
      subject = (request.socket as TLSSocket).getPeerCertificate().subject.CN;
      response.end('hello');
    };
    await makePod(cluster, 'web', ADDRESS);
    const answer = await cluster.admin.get(`${PODS}/https:web:${backend.port}/proxy/`);
    expect([answer.status, answer.text, subject]).toEqual([200, 'hello', 'hub-proxy']);
  },
);

hub.test('--allow-plain-proxy is said to weaken the hub', async (cluster) => {
  await restart(cluster, '--allow-plain-proxy');
  const log = readFileSync(join(cluster.layout.logs, 'apiserver.log'), 'utf8');
  expect(log).toContain('weakened: proxies speak plain HTTP over any link');
});
