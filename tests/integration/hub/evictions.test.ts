import { describe, expect } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectJson } from '../../cluster/expectations.ts';
import { shellPod } from '../../cluster/objects.ts';
import type { Json } from '../../cluster/wire-client.ts';

const hub = shareCluster();

const podPath = (namespace: string, name: string) => `/api/v1/namespaces/${namespace}/pods/${name}`;
const budgetsPath = (namespace: string) => `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`;

/** A pod as a kubelet would have reported it. */
async function podOf(
  cluster: Cluster,
  namespace: string,
  name: string,
  { phase = 'Running', ready = true }: { phase?: string; ready?: boolean } = {},
): Promise<Json> {
  const pod = shellPod(name, 'true', { metadata: { labels: { app: 'web' } } });
  const created = expectJson(await cluster.admin.post(`/api/v1/namespaces/${namespace}/pods`, pod), 201);
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' }];
  const status = { ...created.status, phase, conditions };
  return expectJson(await cluster.admin.put(`${podPath(namespace, name)}/status`, { ...created, status }));
}

async function budgetOf(
  cluster: Cluster,
  namespace: string,
  name: string,
  status: Json,
  spec: Json = {},
): Promise<Json> {
  const budget = {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'web' } }, ...spec },
  };
  const created = expectJson(await cluster.admin.post(budgetsPath(namespace), budget), 201);
  const whole = { observedGeneration: 1, ...created.status, ...status };
  return expectJson(
    await cluster.admin.put(`${budgetsPath(namespace)}/${name}/status`, { ...created, status: whole }),
  );
}

const statusOf = async (cluster: Cluster, namespace: string, name: string) =>
  expectJson(await cluster.admin.get(`${budgetsPath(namespace)}/${name}`)).status;

const evict = (cluster: Cluster, namespace: string, name: string, more: Json = {}, query = '') =>
  cluster.admin.post(`${podPath(namespace, name)}/eviction${query}`, {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name, namespace },
    ...more,
  });

const exists = async (cluster: Cluster, namespace: string, name: string) =>
  (await cluster.admin.get(podPath(namespace, name))).status === 200;

describe('an eviction', () => {
  hub.test('is found in discovery where kubectl drain looks for it', async (cluster) => {
    const { resources } = expectJson(await cluster.admin.get('/api/v1'));
    expect(resources.find(({ name }: Json) => name === 'pods/eviction')).toEqual({
      name: 'pods/eviction',
      singularName: '',
      namespaced: true,
      group: 'policy',
      version: 'v1',
      kind: 'Eviction',
      verbs: ['create'],
    });
    const groups = expectJson(await cluster.admin.get('/apis'));
    expect(groups.groups.map(({ name }: Json) => name)).toContain('policy');
  });

  hub.test('of a pod that no budget counts deletes it', async (cluster) => {
    const namespace = await cluster.namespace();
    await podOf(cluster, namespace, 'web');
    const answer = await evict(cluster, namespace, 'web');
    expect(expectJson(answer, 201)).toMatchObject({ kind: 'Status', status: 'Success' });
    expect(await exists(cluster, namespace, 'web')).toBe(false);
    expect((await evict(cluster, namespace, 'web')).status).toBe(404);
  });

  hub.test('takes one disruption of the budget and is refused when none is left', async (cluster) => {
    const namespace = await cluster.namespace();
    await podOf(cluster, namespace, 'a');
    await podOf(cluster, namespace, 'b');
    const numbers = { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 };
    await budgetOf(cluster, namespace, 'web', numbers);
    expectJson(await evict(cluster, namespace, 'a'), 201);
    expect(await statusOf(cluster, namespace, 'web')).toMatchObject({
      disruptionsAllowed: 0,
      disruptedPods: { a: expect.any(String) },
      conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' }],
    });
    const refused = await evict(cluster, namespace, 'b');
    expect(refused.headers['retry-after']).toBeUndefined();
    expect(expectJson(refused, 429)).toMatchObject({
      reason: 'TooManyRequests',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: {
        causes: [
          {
            reason: 'DisruptionBudget',
            message: 'The disruption budget web does not allow evicting pods currently',
          },
        ],
      },
    });
    expect(await exists(cluster, namespace, 'b')).toBe(true);
  });

  hub.test('says how many healthy pods a budget needs', async (cluster) => {
    const namespace = await cluster.namespace();
    await podOf(cluster, namespace, 'a');
    await budgetOf(cluster, namespace, 'web', { currentHealthy: 1, desiredHealthy: 1, expectedPods: 1 });
    const { details } = expectJson(await evict(cluster, namespace, 'a'), 429);
    expect(details.causes[0].message).toBe(
      'The disruption budget web needs 1 healthy pods and has 1 currently',
    );
  });

  hub.test('never takes more than is allowed, however many ask at once', async (cluster) => {
    const namespace = await cluster.namespace();
    const names = Array.from({ length: 12 }, (_, i) => `web-${i}`);
    await Promise.all(names.map((name) => podOf(cluster, namespace, name)));
    const numbers = { disruptionsAllowed: 5, currentHealthy: 12, desiredHealthy: 7, expectedPods: 12 };
    await budgetOf(cluster, namespace, 'web', numbers);
    const answers = await Promise.all(names.map((name) => evict(cluster, namespace, name)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(7);
    const status = await statusOf(cluster, namespace, 'web');
    expect(status.disruptionsAllowed).toBe(0);
    expect(Object.keys(status.disruptedPods)).toHaveLength(5);
  });

  hub.test('waits for a budget that has not been looked at since it was changed', async (cluster) => {
    const namespace = await cluster.namespace();
    await podOf(cluster, namespace, 'a');
    await budgetOf(cluster, namespace, 'web', { observedGeneration: 0, disruptionsAllowed: 1 });
    const refused = await evict(cluster, namespace, 'a');
    expect(refused.headers['retry-after']).toBe('10');
    expect(expectJson(refused, 429).details).toEqual({
      retryAfterSeconds: 10,
      causes: [
        {
          reason: 'DisruptionBudget',
          message: 'The disruption budget web is still being processed by the server.',
        },
      ],
    });
  });

  hub.test('of a pod with two budgets fails', async (cluster) => {
    const namespace = await cluster.namespace();
    await podOf(cluster, namespace, 'a');
    await budgetOf(cluster, namespace, 'one', { disruptionsAllowed: 1 });
    await budgetOf(cluster, namespace, 'two', { disruptionsAllowed: 1 }, { selector: {} });
    expect(expectJson(await evict(cluster, namespace, 'a'), 500).message).toBe(
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  });

  hub.test('of a pod that is pending or has ended counts for nothing', async (cluster) => {
    const namespace = await cluster.namespace();
    await budgetOf(cluster, namespace, 'web', { desiredHealthy: 1 });
    for (const phase of ['Pending', 'Succeeded', 'Failed']) {
      const name = phase.toLowerCase();
      await podOf(cluster, namespace, name, { phase, ready: false });
      expectJson(await evict(cluster, namespace, name), 201);
      expect(await exists(cluster, namespace, name)).toBe(false);
    }
    expect((await statusOf(cluster, namespace, 'web')).disruptedPods).toBeUndefined();
  });

  hub.test('of a pod that is not ready goes by the policy of its budget', async (cluster) => {
    const namespace = await cluster.namespace();
    await podOf(cluster, namespace, 'a', { ready: false });
    await budgetOf(cluster, namespace, 'web', { currentHealthy: 0, desiredHealthy: 1 });
    expectJson(await evict(cluster, namespace, 'a'), 429);
    const spec = { unhealthyPodEvictionPolicy: 'AlwaysAllow' };
    expectJson(
      await cluster.admin.request('PATCH', `${budgetsPath(namespace)}/web`, {
        headers: { 'content-type': 'application/merge-patch+json' },
        body: { spec },
      }),
    );
    expectJson(await evict(cluster, namespace, 'a'), 201);
    const other = await cluster.namespace();
    await podOf(cluster, other, 'b', { ready: false });
    await budgetOf(cluster, other, 'web', { currentHealthy: 1, desiredHealthy: 1 });
    expectJson(await evict(cluster, other, 'b'), 201);
    expect((await statusOf(cluster, other, 'web')).disruptedPods).toBeUndefined();
  });

  hub.test('that is a dry run changes nothing, wherever that is asked for', async (cluster) => {
    const namespace = await cluster.namespace();
    await podOf(cluster, namespace, 'a');
    await budgetOf(cluster, namespace, 'web', { disruptionsAllowed: 1, desiredHealthy: 0 });
    expectJson(await evict(cluster, namespace, 'a', {}, '?dryRun=All'), 201);
    expectJson(await evict(cluster, namespace, 'a', { deleteOptions: { dryRun: ['All'] } }), 201);
    expect(await exists(cluster, namespace, 'a')).toBe(true);
    expect((await statusOf(cluster, namespace, 'web')).disruptionsAllowed).toBe(1);
  });

  hub.test('holds to the preconditions of its delete options', async (cluster) => {
    const namespace = await cluster.namespace();
    const pod = await podOf(cluster, namespace, 'a');
    const preconditions = { uid: '00000000-0000-0000-0000-000000000000' };
    expectJson(await evict(cluster, namespace, 'a', { deleteOptions: { preconditions } }), 409);
    const stale = { resourceVersion: '1' };
    expectJson(await evict(cluster, namespace, 'a', { deleteOptions: { preconditions: stale } }), 409);
    const { uid, resourceVersion } = pod.metadata;
    const right = { preconditions: { uid, resourceVersion } };
    expectJson(await evict(cluster, namespace, 'a', { deleteOptions: right }), 201);
  });

  hub.test('names the pod of its path', async (cluster) => {
    const namespace = await cluster.namespace();
    await podOf(cluster, namespace, 'a');
    const answer = await evict(cluster, namespace, 'a', { metadata: { name: 'b' } });
    expect(expectJson(answer, 400).message).toBe('name in URL does not match name in Eviction object');
    expect((await cluster.admin.get(`${podPath(namespace, 'a')}/eviction`)).status).toBe(405);
  });
});
