import { expect } from 'bun:test';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HttpConnectDialer, TcpFrontEnd } from '@hawser/tunnel-konnectivity';
import { type Argv, programOf } from '../../../scripts/services.ts';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { expectJson } from '../../cluster/expectations.ts';
import type { ServiceProcess } from '../../cluster/service-process.ts';
import { converse, EchoTarget } from './echo-target.ts';

const ACCOUNT = 'system:serviceaccount:kube-system:konnectivity-agent';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';

const suite = shareCluster({
  egress: 'konnectivity',
  flags: {
    'konnectivity-server': [
      ...['--agent-namespace', 'kube-system', '--agent-service-account', 'konnectivity-agent'],
      ...['--agent-grants', `${ACCOUNT}=127.0.3.1/32`, '--enable-lease-controller'],
    ],
  },
});

/** An agent with an address of its own, 127.0.3.n. */
function agentOf(cluster: Cluster, number: number, flags: Argv): ServiceProcess {
  const address = `127.0.3.${number}`;
  const { ports, layout } = cluster;
  return cluster.add(`agent-${number}`, [
    ...programOf('konnectivity-agent'),
    ...['--proxy-server-host', '127.0.0.1', '--proxy-server-port', `${ports.konnectivityAgents}`],
    ...['--ca-cert', layout.konnectivityPki.ca.certificate],
    ...['--agent-id', `agent-${number}`, '--agent-identifiers', `ipv4=${address}`],
    ...['--health-server-host', address, '--health-server-port', `${ports.konnectivityAgentHealth}`],
    ...['--admin-bind-address', address, '--admin-server-port', `${ports.konnectivityAgentAdmin}`],
    ...flags,
  ]);
}

async function metric(cluster: Cluster, number: number, name: string): Promise<number | undefined> {
  const url = `http://127.0.3.${number}:${cluster.ports.konnectivityAgentHealth}/metrics`;
  const text = await (await fetch(url)).text();
  const line = text.split('\n').find((each) => each.startsWith(`konnectivity_network_proxy_agent_${name} `));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
}

const ACCOUNTS = '/api/v1/namespaces/kube-system/serviceaccounts';

/** A token of the agents' account, which is made at the first. */
async function tokenFor(cluster: Cluster, audience: string): Promise<string> {
  const path = `${ACCOUNTS}/konnectivity-agent/token`;
  const made = await cluster.admin.post(ACCOUNTS, { metadata: { name: 'konnectivity-agent' } });
  if (made.status !== 409) expectJson(made, 201);
  const spec = { audiences: [audience], expirationSeconds: 3_600 };
  return expectJson(await cluster.admin.post(path, { spec }), 201).status.token;
}

suite.test('an agent with a token: missing, for somebody else, good, renewed', async (cluster) => {
  const file = join(cluster.place.home, 'agent.token');
  const agent = agentOf(cluster, 1, ['--service-account-token-path', file]);
  expect(existsSync(file)).toBe(false);
  agent.start();
  await eventually(() => agent.log().includes(`no such file or directory, open '${file}'`));
  writeFileSync(file, await tokenFor(cluster, 'https://kubernetes.default.svc.cluster.local'));
  await eventually(() => agent.log().includes('Failed to validate authentication token'));
  expect(await metric(cluster, 1, 'open_server_connections')).toBe(0);
  writeFileSync(file, await tokenFor(cluster, 'system:konnectivity-server'));
  await eventually(async () => (await metric(cluster, 1, 'open_server_connections')) === 1);

  await using target = await EchoTarget.start('127.0.3.1');
  const { ca, apiserver } = cluster.layout.konnectivityPki;
  const files = { caBundle: ca.certificate, clientCert: apiserver.certificate, clientKey: apiserver.key };
  const frontEnd = new TcpFrontEnd(`https://127.0.0.1:${cluster.ports.konnectivityFrontEnd}`, files);
  const dialer = new HttpConnectDialer({ frontEnd });
  expect(await converse(await dialer.dial(target), 'hello')).toBe('127.0.3.1\nhello');

  writeFileSync(file, await tokenFor(cluster, 'system:konnectivity-server'));
  await eventually(() => agent.log().includes('with a new identity'));
  expect(await converse(await dialer.dial(target), 'again')).toBe('127.0.3.1\nagain');
  expect(agent.log()).not.toContain('lost the link');
});

suite.test('servers are counted by their Leases, for as long as these are valid', async (cluster) => {
  const { adminKubeconfig } = cluster.layout;
  const file = join(cluster.place.home, 'agent.token');
  writeFileSync(file, await tokenFor(cluster, 'system:konnectivity-server'));
  const counting = ['--count-server-leases', '--kubeconfig', adminKubeconfig];
  const agent = agentOf(cluster, 2, ['--service-account-token-path', file, ...counting]);
  agent.start();
  await eventually(async () => (await metric(cluster, 2, 'open_server_connections')) === 1);
  expect(await metric(cluster, 2, 'known_server_count')).toBe(1);

  const labels = { 'k8s-app': 'konnectivity-server' };
  const spec = {
    holderIdentity: 'another',
    leaseDurationSeconds: 2,
    renewTime: new Date().toISOString().replace('Z', '000Z'),
  };
  expectJson(await cluster.admin.post(LEASES, { metadata: { name: 'another', labels }, spec }), 201);
  await eventually(async () => (await metric(cluster, 2, 'known_server_count')) === 2);
  // It is not renewed.
  await eventually(async () => (await metric(cluster, 2, 'known_server_count')) === 1);
  expect(await metric(cluster, 2, 'lease_lists_total{http_response_code="200",reason=""}')).toBe(1);
  expect(await metric(cluster, 2, 'open_server_connections')).toBe(1);
});
