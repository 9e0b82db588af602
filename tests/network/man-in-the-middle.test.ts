import { expect } from 'bun:test';
import { hubAddress, nodeAddress } from '../../scripts/network/addresses.ts';
import { HUB_HOST } from '../../scripts/network/host-network.ts';
import { eventuallyPasses } from '../cluster/eventually.ts';
import { expectFailure } from '../cluster/expectations.ts';
import { kubectlEnvironment } from '../cluster/kubectl.ts';
import { shellPod } from '../cluster/objects.ts';
import { createPod, isReady, logOf, podThat } from '../cluster/pods.ts';
import { kubectlPath, requireBubblewrap } from '../cluster/required-tools.ts';
import { RunningCommand } from '../cluster/running-command.ts';
import { UNVERIFIED } from '../cluster/unverified.ts';
import { Interception, type InterceptionOptions } from './interception.ts';
import { declareNatsImpostorTest } from './nats-impostor.ts';
import { type NetworkedCluster, shareNetwork } from './network-suite.ts';
import { marker } from './node-traffic.ts';

requireBubblewrap();
const suite = shareNetwork({ nodes: 1, nats: true });

const HUB = hubAddress('netns');
const NODE = nodeAddress(1, 'netns');

/** A subnet that no node has. */
const CLIENT_SUBNET = 200;

const intercept = (
  cluster: NetworkedCluster,
  options: Omit<InterceptionOptions, 'directory' | 'sans'> & { sans?: InterceptionOptions['sans'] },
) =>
  Interception.begin(cluster.network, {
    sans: { ipAddresses: [options.address], dnsNames: ['localhost', 'node-1'] },
    directory: cluster.place.home,
    ...options,
  });

const loggingPod = shellPod('a', 'echo hello; exec sleep 3600', { nodeName: 'node-1' });

/** What a service has said since now. */
function logSince(cluster: NetworkedCluster, service: string): () => string {
  const before = cluster.service(service).log().length;
  return () => cluster.service(service).log().slice(before);
}

suite.test(
  'client → API server: kubectl refuses an impostor before it has shown its token',
  async (cluster) => {
    cluster.network.addHost('client', CLIENT_SUBNET);
    const token = marker('token');
    const kubeconfig = cluster.kubeconfig('jane', { token });
    const server = `https://${HUB}:${cluster.ports.hub}`;
    const ask = () => {
      const argv = [kubectlPath('1.36'), '--server', server, 'get', 'nodes'];
      const environment = kubectlEnvironment({ version: '1.36', kubeconfig, home: cluster.place.home });
      return new RunningCommand(cluster.network.command('client', argv), environment).ended();
    };
    {
      const target = { from: 'client', address: HUB, port: cluster.ports.hub };
      await using impostor = await intercept(cluster, { ...target, commonName: 'kube-apiserver' });
      const { stderr, exitCode } = await ask();
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/x509: certificate signed by unknown authority/);
      expect(impostor.connections).toBeGreaterThan(0);
      expect(impostor.heard).toBe('');
    }
    expect((await ask()).stderr).toContain('You must be logged in to the server');
  },
);

suite.test(
  'kubelet → API server: the kubelet refuses an impostor, and comes back by itself',
  async (cluster) => {
    const namespace = await cluster.namespace();
    const duringInterception = async () => {
      const log = logSince(cluster, 'node-1');
      const target = { from: 'node-1', address: HUB, port: cluster.ports.hub };
      await using impostor = await intercept(cluster, { ...target, commonName: 'kube-apiserver' });
      await cluster.restart('node-1');
      await eventuallyPasses(() => expect(log()).toMatch(UNVERIFIED));
      expect(impostor.connections).toBeGreaterThan(0);
      expect(impostor.heard).toBe('');
      return await createPod(cluster, namespace, loggingPod);
    };
    await podThat(cluster, await duringInterception(), isReady);
  },
);

suite.test(
  'API server → kubelet: the hub refuses an impostor and says whom it did not believe',
  async (cluster) => {
    const path = await createPod(cluster, await cluster.namespace(), loggingPod);
    await podThat(cluster, path, isReady);
    {
      const target = { from: HUB_HOST, address: NODE, port: cluster.ports.kubelet };
      await using impostor = await intercept(cluster, { ...target, commonName: 'system:node:node-1' });
      const answer = await cluster.admin.get(`${path}/log`);
      expect(expectFailure(answer, 500, 'InternalError').message).toContain(`tls: failed to verify ${NODE}`);
      expect(impostor.connections).toBeGreaterThan(0);
      expect(impostor.heard).toBe('');
    }
    await eventuallyPasses(async () => expect(await logOf(cluster, path)).toBe('hello\n'));
  },
);

/** The kubelet has something to say of it, and so has the hub. */
const askKubelet = (cluster: NetworkedCluster) => cluster.admin.get('/api/v1/nodes/node-1/proxy/pods');

declareNatsImpostorTest(suite, {
  service: 'apiserver',
  host: HUB_HOST,
  address: '127.0.0.1',
  provoke: askKubelet,
});
declareNatsImpostorTest(suite, { service: 'node-1', host: 'node-1', address: HUB, provoke: askKubelet });
