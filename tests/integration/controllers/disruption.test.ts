import { describe, expect } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { expectJson } from '../../cluster/expectations.ts';
import { shellPod } from '../../cluster/objects.ts';
import type { Json } from '../../cluster/wire-client.ts';

// The pods of these tests have no kubelet: what their owners' loops would make of that is not in question.
const suite = shareCluster({
  controllerManager: true,
  flags: { 'controller-manager': ['--controllers=disruption-controller,serviceaccount-controller'] },
});

const podsPath = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;
const budgetPath = (namespace: string) => `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/web`;
const labels = { app: 'web' };

async function budgetOf(cluster: Cluster, namespace: string, spec: Json): Promise<void> {
  const budget = { metadata: { name: 'web' }, spec: { selector: { matchLabels: labels }, ...spec } };
  const path = budgetPath(namespace).slice(0, -'/web'.length);
  expectJson(await cluster.admin.post(path, budget), 201);
}

async function statusIs(cluster: Cluster, namespace: string, status: Json): Promise<Json> {
  return await eventually(async () => {
    const budget = expectJson(await cluster.admin.get(budgetPath(namespace)));
    expect(budget.status).toMatchObject({ observedGeneration: budget.metadata.generation, ...status });
    return budget.status;
  });
}

/** An owner that wants a number of pods, and nobody who makes them. */
async function replicaSetOf(
  cluster: Cluster,
  namespace: string,
  replicas: number,
  owner: Json[] = [],
): Promise<Json> {
  const template = { metadata: { labels }, spec: shellPod('x', 'true').spec };
  const { metadata } = expectJson(
    await cluster.admin.post(`/apis/apps/v1/namespaces/${namespace}/replicasets`, {
      metadata: { name: 'web', ownerReferences: owner },
      spec: { replicas, selector: { matchLabels: labels }, template },
    }),
    201,
  );
  return { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: metadata.uid, controller: true };
}

/** A pod that runs on a node, as a kubelet would report it. */
async function readyPod(
  cluster: Cluster,
  namespace: string,
  name: string,
  { owner, nodeName = 'elsewhere' }: { owner?: Json; nodeName?: string } = {},
): Promise<void> {
  const ownerReferences = owner === undefined ? [] : [owner];
  const metadata = { labels, ownerReferences };
  const pod = shellPod(name, 'true', { metadata, nodeName, terminationGracePeriodSeconds: 0 });
  expectJson(await cluster.admin.post(podsPath(namespace), pod), 201);
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  const headers = { 'content-type': 'application/merge-patch+json' };
  const path = `${podsPath(namespace)}/${name}/status`;
  expectJson(await cluster.admin.request('PATCH', path, { headers, body: { status } }));
}

describe('the status of a budget', () => {
  suite.test('counts pods that are ready, whoever made them, where a number is to stay', async (cluster) => {
    const namespace = await cluster.namespace();
    await budgetOf(cluster, namespace, { minAvailable: 1 });
    await statusIs(cluster, namespace, { disruptionsAllowed: 0, expectedPods: 0 });
    await readyPod(cluster, namespace, 'a');
    await readyPod(cluster, namespace, 'b');
    const status = await statusIs(cluster, namespace, {
      disruptionsAllowed: 1,
      currentHealthy: 2,
      desiredHealthy: 1,
      expectedPods: 2,
    });
    expect(status.conditions).toEqual([
      expect.objectContaining({ type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods' }),
    ]);
    expectJson(await cluster.admin.request('DELETE', `${podsPath(namespace)}/a`));
    await statusIs(cluster, namespace, { disruptionsAllowed: 0, currentHealthy: 1, expectedPods: 1 });
  });

  suite.test('counts the pods that their owner wants, where a share is to stay', async (cluster) => {
    const namespace = await cluster.namespace();
    const owner = await replicaSetOf(cluster, namespace, 4);
    for (const name of ['a', 'b', 'c']) await readyPod(cluster, namespace, name, { owner });
    await budgetOf(cluster, namespace, { minAvailable: '50%' });
    await statusIs(cluster, namespace, {
      disruptionsAllowed: 1,
      currentHealthy: 3,
      desiredHealthy: 2,
      expectedPods: 4,
    });
  });

  suite.test('asks a Deployment behind its ReplicaSets', async (cluster) => {
    const namespace = await cluster.namespace();
    const template = { metadata: { labels }, spec: shellPod('x', 'true').spec };
    const { metadata } = expectJson(
      await cluster.admin.post(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
        metadata: { name: 'web' },
        spec: { replicas: 3, selector: { matchLabels: labels }, template },
      }),
      201,
    );
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: metadata.uid };
    const owner = await replicaSetOf(cluster, namespace, 1, [{ ...deployment, controller: true }]);
    for (const name of ['a', 'b', 'c']) await readyPod(cluster, namespace, name, { owner });
    await budgetOf(cluster, namespace, { maxUnavailable: 1 });
    await statusIs(cluster, namespace, { disruptionsAllowed: 1, desiredHealthy: 2, expectedPods: 3 });
  });

  suite.test('allows nothing where nobody knows how many pods there should be', async (cluster) => {
    const namespace = await cluster.namespace();
    const uid = '00000000-0000-0000-0000-000000000000';
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'gone', uid, controller: true };
    await readyPod(cluster, namespace, 'a', { owner });
    await budgetOf(cluster, namespace, { maxUnavailable: 1 });
    const { conditions } = await eventually(async () => {
      const { status } = expectJson(await cluster.admin.get(budgetPath(namespace)));
      return status.conditions === undefined ? undefined : status;
    });
    expect(conditions[0]).toMatchObject({
      status: 'False',
      reason: 'SyncFailed',
      message: 'found no controllers for pod "a"',
    });
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'a' } };
    const refused = await cluster.admin.post(`${podsPath(namespace)}/a/eviction`, eviction);
    expect(expectJson(refused, 429).details.causes[0].message).toStartWith(
      'The disruption budget web does not allow evicting pods currently because it failed sync:',
    );
  });

  suite.test('forgets an eviction once its pod has gone', async (cluster) => {
    const namespace = await cluster.namespace();
    for (const name of ['a', 'b', 'c']) await readyPod(cluster, namespace, name);
    await budgetOf(cluster, namespace, { minAvailable: 1 });
    await statusIs(cluster, namespace, { disruptionsAllowed: 2 });
    const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'a' } };
    expectJson(await cluster.admin.post(`${podsPath(namespace)}/a/eviction`, eviction), 201);
    await eventually(async () => {
      const { status } = expectJson(await cluster.admin.get(budgetPath(namespace)));
      return status.disruptedPods === undefined && status.disruptionsAllowed === 1;
    });
    await statusIs(cluster, namespace, { currentHealthy: 2, expectedPods: 2 });
  });
});

describe('kubectl drain', () => {
  for (const version of ['1.36', '1.30'] as const)
    suite.test(`${version} goes on when the budget of the node's pods allows`, async (cluster) => {
      const namespace = await cluster.namespace();
      const node = `node-${version}`;
      expectJson(await cluster.admin.post('/api/v1/nodes', { metadata: { name: node } }), 201);
      const owner = await replicaSetOf(cluster, namespace, 2);
      await readyPod(cluster, namespace, 'a', { owner, nodeName: node });
      await readyPod(cluster, namespace, 'b', { owner, nodeName: node });
      await budgetOf(cluster, namespace, { minAvailable: 1 });
      await statusIs(cluster, namespace, { disruptionsAllowed: 1 });
      await using draining = cluster.startKubectl(version, 'drain', node, '--timeout=40s');
      // One of the two goes; the other is the last.
      await statusIs(cluster, namespace, { disruptionsAllowed: 0, currentHealthy: 1 });
      const refused = "Cannot evict pod as it would violate the pod's disruption budget";
      await eventually(() => draining.stderr.includes(refused));
      await readyPod(cluster, namespace, 'c', { owner });
      const { exitCode, stdout } = await draining.ended();
      expect(stdout).toContain(`node/${node} drained`);
      expect(exitCode).toBe(0);
      const { items } = expectJson(await cluster.admin.get(podsPath(namespace)));
      expect(items.map(({ metadata }: Json) => metadata.name)).toEqual(['c']);
      const drained = expectJson(await cluster.admin.get(`/api/v1/nodes/${node}`));
      expect(drained.spec.unschedulable).toBe(true);
    });
});

describe('a pod that was to go, and did not', () => {
  suite.test('is no longer said to be a target of disruption', async (cluster) => {
    const namespace = await cluster.namespace();
    await readyPod(cluster, namespace, 'a');
    const path = `${podsPath(namespace)}/a`;
    const target = { type: 'DisruptionTarget', status: 'True', lastTransitionTime: '2020-01-01T00:00:00Z' };
    const headers = { 'content-type': 'application/strategic-merge-patch+json' };
    const body = { status: { conditions: [target] } };
    expectJson(await cluster.admin.request('PATCH', `${path}/status`, { headers, body }));
    const conditions = await eventually(async () => {
      const { status } = expectJson(await cluster.admin.get(path));
      return status.conditions.some((one: Json) => one.type === target.type && one.status === 'False')
        ? status.conditions
        : undefined;
    });
    expect(conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'True' }));
  });
});
