import { describe, expect } from 'bun:test';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { expectFailure, expectJson, namesOf } from '../cluster/expectations.ts';
import { shellPod } from '../cluster/objects.ts';
import { createPod, isReady, logOf, podThat } from '../cluster/pods.ts';
import type { Json } from '../cluster/wire-client.ts';

const suite = shareCluster({
  nodes: 1,
  nats: true,
  flags: {
    // The lease of a healthy node may be ten seconds old.
    'controller-manager': [
      ...['--approve-kubelet-serving', 'off'],
      ...['--node-monitor-period', '500ms', '--node-monitor-grace-period', '12s'],
    ],
  },
});

describe('a serving certificate', () => {
  suite.test(
    'waits for an administrator; until then there are no logs, and then there are',
    async (cluster) => {
      const namespace = await cluster.namespace();
      const path = await createPod(cluster, namespace, shellPod('a', 'echo hello; exec sleep 3600'));
      await podThat(cluster, path, isReady);
      const before = await cluster.kubectl('1.36', '-n', namespace, 'logs', 'a');
      expect(before.exitCode).toBe(1);
      const list = await cluster.kubectl('1.36', 'get', 'csr');
      const pending = list.stdout.split('\n').filter((line) => line.endsWith('Pending'));
      expect(pending).toHaveLength(1);
      expect(pending[0]).toMatch(/ kubernetes\.io\/kubelet-serving +system:node:node-1 /);
      const approve = await cluster.kubectl('1.36', 'certificate', 'approve', pending[0]!.split(' ')[0]!);
      expect(approve.exitCode).toBe(0);
      await eventuallyPasses(async () => {
        const logs = await cluster.kubectl('1.36', '-n', namespace, 'logs', 'a');
        expect(logs).toMatchObject({ exitCode: 0, stdout: 'hello\n' });
      });
    },
  );
});

describe('hawser audit tail', () => {
  suite.test('prints what happens as it happens, until Ctrl-C', async (cluster) => {
    await using text = cluster.startHawser(
      'audit',
      'tail',
      '--subject',
      'audit.apiserver.create.core.namespaces.*',
    );
    await using json = cluster.startHawser(
      'audit',
      'tail',
      '--output',
      'json',
      '--subject',
      'audit.apiserver.create.core.namespaces.*',
    );
    // Nothing tells when a tail listens: events are made until both have printed one.
    await eventuallyPasses(async () => {
      await cluster.namespace('tailed');
      expect(text.lines.length).toBeGreaterThan(0);
      expect(json.lines.length).toBeGreaterThan(0);
    });
    for (const part of ['kubernetes-admin', 'create', 'namespaces', '201'])
      expect(text.lines[0]).toContain(part);
    expect(JSON.parse(json.lines[0]!)).toMatchObject({
      kind: 'Event',
      verb: 'create',
      objectRef: { resource: 'namespaces' },
    });
    for (const command of [text, json]) {
      command.interrupt();
      expect((await command.ended()).stderr).toBe('');
    }
  });

  suite.test('of what was before shows each event once', async (cluster) => {
    const name = await cluster.namespace('once');
    await using tail = cluster.startHawser(
      'audit',
      'tail',
      '--output',
      'json',
      '--since',
      '10m',
      '--subject',
      `audit.*.*.*.*.${name}`,
    );
    await eventuallyPasses(() => expect(tail.lines.length).toBeGreaterThan(1));
    const ids = tail.lines
      .map((line) => JSON.parse(line))
      .map(({ auditID, stage }: Json) => `${auditID}:${stage}`);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('a second node', () => {
  suite.test('joins with a token and runs pods of its own; the hub finds each', async (cluster) => {
    await cluster.joinNode(2);
    await cluster.nodeReady('node-2');
    const csr = await eventually(async () => {
      const { items } = expectJson(
        await cluster.admin.get('/apis/certificates.k8s.io/v1/certificatesigningrequests'),
      );
      return items.find(({ spec }: Json) => spec.username === 'system:node:node-2')?.metadata.name;
    });
    expect((await cluster.kubectl('1.36', 'certificate', 'approve', csr)).exitCode).toBe(0);
    const namespace = await cluster.namespace();
    for (const node of ['node-1', 'node-2'])
      await createPod(
        cluster,
        namespace,
        shellPod(`on-${node}`, `echo ${node}; exec sleep 3600`, {
          nodeSelector: { 'kubernetes.io/hostname': node },
        }),
      );
    for (const node of ['node-1', 'node-2'])
      await eventuallyPasses(async () =>
        expect(await logOf(cluster, `/api/v1/namespaces/${namespace}/pods/on-${node}`)).toBe(`${node}\n`),
      );
    const picked = await cluster.admin.get('/api/v1/pods?fieldSelector=spec.nodeName%3Dnode-2');
    expect(namesOf(expectJson(picked))).toEqual(['on-node-2']);
  });

  suite.test('that is cordoned gets no pods', async (cluster) => {
    expectJson(await cluster.admin.patch('/api/v1/nodes/node-2', 'merge', { spec: { unschedulable: true } }));
    const namespace = await cluster.namespace();
    const path = await createPod(
      cluster,
      namespace,
      shellPod('a', 'true', { nodeSelector: { 'kubernetes.io/hostname': 'node-2' } }),
    );
    await eventuallyPasses(async () => {
      const { stdout } = await cluster.kubectl('1.36', '-n', namespace, 'get', 'events');
      expect(stdout).toMatch(/FailedScheduling +pod\/a .*unschedulable/);
    });
    expectJson(await cluster.admin.patch('/api/v1/nodes/node-2', 'merge', { spec: { unschedulable: null } }));
    await podThat(cluster, path, ({ spec }) => spec.nodeName === 'node-2');
  });
});

describe('a node whose kubelet dies', () => {
  suite.test(
    'is NotReady and tainted; the other is not; and all is well again when the kubelet is back',
    async (cluster) => {
      const namespace = await cluster.namespace();
      const path = await createPod(
        cluster,
        namespace,
        shellPod('a', 'exec sleep 3600', { nodeSelector: { 'kubernetes.io/hostname': 'node-1' } }),
      );
      await podThat(cluster, path, isReady);
      await cluster.kill9('node-1');
      const node = await cluster.nodeReady('node-1', 'Unknown');
      const ready = node.status.conditions.find(({ type }: Json) => type === 'Ready');
      expect(ready).toMatchObject({
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
      });
      expect((await cluster.kubectl('1.36', 'get', 'nodes')).stdout).toMatch(/^node-1 +NotReady /m);
      await cluster.nodeReady('node-2');
      await eventuallyPasses(async () => {
        const { spec } = expectJson(await cluster.admin.get('/api/v1/nodes/node-1'));
        const taints = (spec.taints ?? []).map(({ key, effect }: Json) => `${key}:${effect}`);
        expect(taints.sort()).toEqual([
          'node.kubernetes.io/unreachable:NoExecute',
          'node.kubernetes.io/unreachable:NoSchedule',
        ]);
      });
      await podThat(cluster, path, (pod) => !isReady(pod));
      const logs = await cluster.admin.get(`${path}/log`);
      expectFailure(logs, 500, 'InternalError');
      await cluster.restart('node-1');
      await cluster.nodeReady('node-1');
      await eventuallyPasses(async () => {
        expect(expectJson(await cluster.admin.get('/api/v1/nodes/node-1')).spec.taints ?? []).toEqual([]);
      });
      const pod = await podThat(cluster, path, isReady);
      expect(pod.status.containerStatuses[0].restartCount).toBe(0);
    },
  );
});
