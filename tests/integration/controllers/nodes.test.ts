import { describe, expect } from 'bun:test';
import { events, type Node, nodes, pods, serviceAccounts } from '@hawser/api';
import { Informer, isNotFound, KubeClient } from '@hawser/client';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { BareNode } from './bare-node.ts';

const suite = shareCluster({
  controllerManager: true,
  flags: { 'controller-manager': ['--node-monitor-period', '200ms', '--node-monitor-grace-period', '2s'] },
});
const adminOf = (cluster: Cluster) =>
  KubeClient.fromKubeconfig(cluster.layout.adminKubeconfig, { userAgent: 'test' });

const container = (requests: Record<string, string> = {}) => ({
  name: 'main',
  image: 'host',
  resources: { requests },
});

/** Renews a node's lease until it is disposed. */
function alive(node: BareNode): Disposable {
  const timer = setInterval(() => void node.renewLease().catch(() => {}), 500);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** Pods are refused until their namespace has its account. */
async function namespaceWithAccount(cluster: Cluster, admin: KubeClient): Promise<string> {
  const namespace = await cluster.namespace();
  await eventually(() => admin.get(serviceAccounts, 'default', { namespace }));
  return namespace;
}

async function forget(cluster: Cluster, ...names: string[]): Promise<void> {
  for (const name of names) await cluster.admin.delete(`/api/v1/nodes/${name}`);
}

describe('nodes', () => {
  suite.test('each gets a range of pod addresses of its own', async (cluster) => {
    await using a = await BareNode.join(cluster, 'range-a', '127.0.1.30');
    await using b = await BareNode.join(cluster, 'range-b', '127.0.1.31');
    const rangeOf = ({ name }: BareNode) =>
      eventually(
        async () => (await a.client.get(nodes, name).catch(() => b.client.get(nodes, name))).spec?.podCIDR,
      );
    const ranges = [await rangeOf(a), await rangeOf(b)];
    expect(new Set(ranges).size).toBe(2);
    for (const range of ranges) expect(range).toMatch(/^10\.244\.\d+\.0\/24$/);
    await forget(cluster, 'range-a', 'range-b');
  });

  suite.test(
    'one that falls silent is Unknown and tainted, its pods not ready and evicted; back, it is clean',
    async (cluster) => {
      await using admin = adminOf(cluster);
      await using steady = await BareNode.join(cluster, 'steady', '127.0.1.32');
      using _steady = alive(steady);
      await using node = await BareNode.join(cluster, 'silent', '127.0.1.33');
      const living = alive(node);
      const namespace = await namespaceWithAccount(cluster, admin);
      const where = { namespace };
      const tolerant = (tolerationSeconds: number) =>
        ['not-ready', 'unreachable'].map((what) => ({
          key: `node.kubernetes.io/${what}`,
          operator: 'Exists' as const,
          effect: 'NoExecute' as const,
          tolerationSeconds,
        }));
      for (const [name, seconds] of [
        ['brief', 0],
        ['patient', 300],
      ] as const) {
        const spec = { nodeName: 'silent', containers: [container()], tolerations: tolerant(seconds) };
        await admin.create(pods, { metadata: { name, namespace }, spec });
        const conditions = [{ type: 'Ready', status: 'True' }];
        await node.client.patch(
          pods,
          name,
          { status: { phase: 'Running', conditions } },
          { ...where, type: 'merge', subresource: 'status' },
        );
      }
      living[Symbol.dispose]();
      await cluster.nodeReady('silent', 'Unknown');
      const taints = async () =>
        (await admin.get(nodes, 'silent')).spec?.taints?.map(({ key, effect }) => `${key}:${effect}`) ?? [];
      await eventually(async () => {
        const found = await taints();
        const unreachable = 'node.kubernetes.io/unreachable';
        return found.includes(`${unreachable}:NoSchedule`) && found.includes(`${unreachable}:NoExecute`);
      });
      await eventually(async () => (await admin.get(pods, 'brief', where)).metadata.deletionTimestamp);
      const patient = await eventually(async () => {
        const pod = await admin.get(pods, 'patient', where);
        return (
          pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'False') && pod
        );
      });
      expect(patient.metadata.deletionTimestamp).toBeUndefined();
      using _again = alive(node);
      await node.post();
      await eventually(async () => (await taints()).length === 0);
      await forget(cluster, 'silent', 'steady');
    },
  );
});

describe('while the hub is away', () => {
  suite.test('nodes are not silent, however long', async (cluster) => {
    await using admin = adminOf(cluster);
    await using node = await BareNode.join(cluster, 'waiting', '127.0.1.44');
    const said: string[] = [];
    const stop = new AbortController();
    const informer = new Informer(admin, nodes, { fieldSelector: 'metadata.name=waiting' });
    const listen = (seen: Node) => {
      said.push(seen.status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? '');
    };
    informer.subscribe({ added: listen, updated: (_before, after) => listen(after) });
    const listening = informer.run(stop.signal);
    await informer.synced;
    await cluster.kill9('apiserver');
    const renewed = Date.now();
    // Longer than the grace period, which is 2 s.
    await eventually(() => Date.now() - renewed > 3_000);
    await cluster.restart('apiserver');
    await cluster.hubReady();
    using _alive = alive(node);
    const again = Date.now();
    // So long until the node would be given up, and be taken back.
    await eventually(() => Date.now() - again > 3_000);
    expect(new Set(said)).toEqual(new Set(['True']));
    stop.abort();
    await listening;
    await forget(cluster, 'waiting');
  });
});

describe('scheduling', () => {
  suite.test('binds a pod to a node where it fits, and tells of it', async (cluster) => {
    await using admin = adminOf(cluster);
    await using node = await BareNode.join(cluster, 'roomy', '127.0.1.34');
    using _alive = alive(node);
    const namespace = await namespaceWithAccount(cluster, admin);
    await admin.create(pods, {
      metadata: { name: 'fits', namespace },
      spec: { containers: [container({ cpu: '1' })] },
    });
    const pod = await eventually(async () => {
      const found = await admin.get(pods, 'fits', { namespace });
      return found.spec.nodeName ? found : undefined;
    });
    expect(pod.spec.nodeName).toBe('roomy');
    const told = await eventually(async () => (await admin.list(events, { namespace })).items[0]);
    expect(told).toMatchObject({
      reason: 'Scheduled',
      message: `Successfully assigned ${namespace}/fits to roomy`,
      source: { component: 'default-scheduler' },
    });
    await forget(cluster, 'roomy');
  });

  suite.test('says why a pod fits nowhere, and binds it when there is room', async (cluster) => {
    await using admin = adminOf(cluster);
    await using node = await BareNode.join(cluster, 'full', '127.0.1.35');
    using _alive = alive(node);
    await eventually(async () => ((await admin.get(nodes, 'full')).spec?.taints ?? []).length === 0);
    const namespace = await namespaceWithAccount(cluster, admin);
    const spec = { containers: [container({ cpu: '1500m' })] };
    await admin.create(pods, { metadata: { name: 'first', namespace }, spec });
    await eventually(async () => (await admin.get(pods, 'first', { namespace })).spec.nodeName);
    await admin.create(pods, { metadata: { name: 'second', namespace }, spec });
    const said = await eventually(async () => {
      const { status } = await admin.get(pods, 'second', { namespace });
      return status?.conditions?.find(({ type, status }) => type === 'PodScheduled' && status === 'False');
    });
    expect(said).toMatchObject({
      reason: 'Unschedulable',
      message: '0/1 nodes are available: 1 Insufficient cpu.',
    });
    await admin.delete(pods, 'first', { namespace, gracePeriodSeconds: 0 });
    await eventually(async () => (await admin.get(pods, 'second', { namespace })).spec.nodeName);
    await forget(cluster, 'full');
  });

  suite.test('a pod deleted before it had a node goes', async (cluster) => {
    await using admin = adminOf(cluster);
    const namespace = await namespaceWithAccount(cluster, admin);
    const spec = { schedulerName: 'nobody', containers: [container()] };
    await admin.create(pods, { metadata: { name: 'homeless', namespace }, spec });
    await admin.delete(pods, 'homeless', { namespace });
    await eventually(() => admin.get(pods, 'homeless', { namespace }).then(() => false, isNotFound), 30_000);
  });
});
