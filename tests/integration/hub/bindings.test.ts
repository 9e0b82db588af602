import { describe, expect } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { shellPod } from '../../cluster/objects.ts';
import type { Json } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const podsPath = (namespace: string) => `/api/v1/namespaces/${namespace}/pods`;

const bind = (cluster: Cluster, namespace: string, name: string, metadata: Json = { name }) =>
  cluster.admin.post(`${podsPath(namespace)}/${name}/binding`, {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata,
    target: { kind: 'Node', name: 'n' },
  });

async function podIn(cluster: Cluster, spec: Json = {}): Promise<string> {
  const namespace = await cluster.namespace();
  const pod = shellPod('p', 'true');
  expectJson(await cluster.admin.post(podsPath(namespace), { ...pod, spec: { ...pod.spec, ...spec } }), 201);
  return namespace;
}

describe('a binding', () => {
  hub.test('puts a pod on a node, once', async (cluster) => {
    const namespace = await podIn(cluster);
    expectJson(await bind(cluster, namespace, 'p'), 201);
    const status = expectFailure(await bind(cluster, namespace, 'p'), 409, 'Conflict');
    expect(status.message).toBe(
      'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n"',
    );
  });

  hub.test('waits for the gates of its pod, which says so', async (cluster) => {
    const namespace = await podIn(cluster, { schedulingGates: [{ name: 'example.com/gate' }] });
    const pod = expectJson(await cluster.admin.get(`${podsPath(namespace)}/p`));
    expect(pod.status.conditions).toMatchObject([
      { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' },
    ]);
    const status = expectFailure(await bind(cluster, namespace, 'p'), 409, 'Conflict');
    expect(status.message).toEndWith('pod p has non-empty .spec.schedulingGates');
  });

  hub.test('speaks of the pod in its path', async (cluster) => {
    const namespace = await podIn(cluster);
    for (const metadata of [{}, { name: 'q' }, { name: 'p', namespace: 'default' }])
      expectFailure(await bind(cluster, namespace, 'p', metadata), 400, 'BadRequest');
  });
});
