import { expect } from 'bun:test';
import { hubAddress, nodeAddress } from '../../scripts/network/addresses.ts';
import { HUB_HOST } from '../../scripts/network/host-network.ts';
import { eventuallyPasses } from '../cluster/eventually.ts';
import { requireBubblewrap } from '../cluster/required-tools.ts';
import { UNVERIFIED } from '../cluster/unverified.ts';
import { Interception } from './interception.ts';
import { declareNatsImpostorTest } from './nats-impostor.ts';
import { type NetworkedCluster, shareNetwork } from './network-suite.ts';
import { marker, NODE_TRAFFIC, startServer } from './node-traffic.ts';
import { declareTunnelTests } from './tunnel-tests.ts';

requireBubblewrap();
const suite = shareNetwork({ nodes: 2, egress: 'konnectivity', nats: true });

declareTunnelTests(suite, {
  openPorts: () => [],
  port: ({ ports }) => ports.konnectivityAgents,
  fault: /konnectivity/i,
});

const NOTICE_MS = 20_000;

/** How many connections of agents the server believes to be good. */
function readyConnections({ network, ports }: NetworkedCluster): number {
  const url = `http://127.0.0.1:${ports.konnectivityAdmin}/metrics`;
  const line = /^konnectivity_network_proxy_server_ready_backend_connections(?:\{[^}]*\})? (\d+)$/m;
  return Number(line.exec(network.fetchFrom(HUB_HOST, url))?.[1]);
}

suite.test('agents that vanish without a word are noticed, and are back by themselves', async (cluster) => {
  // One agent of each protocol.
  await cluster.restart('konnectivity-agent-2', ['--protocol', 'grpc']);
  const isGrpc = /"agentID":"node-2".*"protocol":"grpc".*"msg":"agent connected"/;
  await eventuallyPasses(() => expect(cluster.service('konnectivity-server').log()).toMatch(isGrpc));
  const frozen = await startServer(cluster, 'node-1');
  const unreachable = await startServer(cluster, 'node-2');
  const { pid } = cluster.service('konnectivity-agent-1');
  await eventuallyPasses(() => expect(readyConnections(cluster)).toBe(2));
  process.kill(pid, 'SIGSTOP');
  cluster.network.cutLink('node-2');
  try {
    await eventuallyPasses(() => expect(readyConnections(cluster)).toBe(0), NOTICE_MS);
    for (const { namespace } of [frozen, unreachable]) {
      const { code, text } = await logAnswer(cluster, namespace);
      expect(code).toBe(500);
      expect(text).toContain('konnectivity');
      expect(text).toContain('no agent is connected that serves 10.77.');
    }
  } finally {
    process.kill(pid, 'SIGCONT');
    cluster.network.restoreLink('node-2');
  }
  await eventuallyPasses(() => expect(readyConnections(cluster)).toBe(2), 30_000);
  for (const server of [frozen, unreachable]) await NODE_TRAFFIC['exec']!(cluster, server, marker('back'));
});

async function logAnswer(cluster: NetworkedCluster, namespace: string) {
  const { status, text } = await cluster.admin.get(`/api/v1/namespaces/${namespace}/pods/web/log`);
  return { code: status, text };
}

const SANS = { ipAddresses: ['127.0.0.1', hubAddress('netns')], dnsNames: ['localhost'] };

suite.test(
  'API server → Konnectivity server: the hub refuses an impostor and sends nobody through it',
  async (cluster) => {
    const server = await startServer(cluster);
    {
      const link = { from: HUB_HOST, address: '127.0.0.1', port: cluster.ports.konnectivityFrontEnd };
      const directory = cluster.place.home;
      const identity = { commonName: 'konnectivity-server', sans: SANS, directory };
      await using impostor = await Interception.begin(cluster.network, { ...link, ...identity });
      const { code, text } = await logAnswer(cluster, server.namespace);
      expect(code).toBe(500);
      expect(text).toMatch(/konnectivity: .*failed to verify/);
      expect(impostor.connections).toBeGreaterThan(0);
      expect(impostor.heard).toBe('');
    }
    await NODE_TRAFFIC['exec']!(cluster, server, marker('back'));
  },
);

suite.test(
  'agent → Konnectivity server: the agent refuses an impostor, and is back by itself',
  async (cluster) => {
    const server = await startServer(cluster);
    const before = cluster.service('konnectivity-agent-1').log().length;
    {
      const link = { from: 'node-1', address: hubAddress('netns'), port: cluster.ports.konnectivityAgents };
      const identity = { commonName: 'konnectivity-server', sans: SANS, directory: cluster.place.home };
      await using impostor = await Interception.begin(cluster.network, { ...link, ...identity });
      // It would notice by itself with its next ping.
      await cluster.restart('konnectivity-agent-1');
      await eventuallyPasses(() => {
        expect(cluster.service('konnectivity-agent-1').log().slice(before)).toMatch(UNVERIFIED);
      });
      expect(impostor.connections).toBeGreaterThan(0);
      expect(impostor.heard).toBe('');
    }
    await eventuallyPasses(() => NODE_TRAFFIC['exec']!(cluster, server, marker('back')), 30_000);
  },
);

suite.test(
  'API server → kubelet: whoever has the end of the tunnel cannot take the kubelet’s place',
  async (cluster) => {
    const server = await startServer(cluster);
    const address = nodeAddress(1, 'netns');
    {
      const link = { from: 'node-1', address, port: cluster.ports.kubelet, onHost: true };
      const sans = { ipAddresses: [address], dnsNames: ['node-1'] };
      const identity = { commonName: 'system:node:node-1', sans, directory: cluster.place.home };
      await using impostor = await Interception.begin(cluster.network, { ...link, ...identity });
      const { code, text } = await logAnswer(cluster, server.namespace);
      expect(code).toBe(500);
      expect(text).toContain(`failed to verify ${address}`);
      expect(impostor.connections).toBeGreaterThan(0);
      expect(impostor.heard).toBe('');
    }
    await eventuallyPasses(() => NODE_TRAFFIC['exec']!(cluster, server, marker('back')));
  },
);

suite.test(
  'Konnectivity server → API server: the server refuses an impostor, and is back by itself',
  async (cluster) => {
    const server = await startServer(cluster);
    const before = cluster.service('konnectivity-server').log().length;
    {
      const link = { from: HUB_HOST, address: '127.0.0.1', port: cluster.ports.hub };
      const identity = { commonName: 'kube-apiserver', sans: SANS, directory: cluster.place.home };
      await using impostor = await Interception.begin(cluster.network, { ...link, ...identity });
      await cluster.restart('konnectivity-server');
      await eventuallyPasses(() => {
        expect(cluster.service('konnectivity-server').log().slice(before)).toMatch(UNVERIFIED);
      });
      expect(impostor.connections).toBeGreaterThan(0);
      expect(impostor.heard).toBe('');
    }
    await eventuallyPasses(() => NODE_TRAFFIC['exec']!(cluster, server, marker('back')), 30_000);
  },
);

declareNatsImpostorTest(suite, {
  service: 'konnectivity-server',
  host: HUB_HOST,
  address: '127.0.0.1',
  // A tunnel is opened for it, and told of.
  provoke: (cluster) => cluster.admin.get('/api/v1/nodes/node-1/proxy/healthz'),
});
