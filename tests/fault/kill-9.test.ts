import { describe, expect } from 'bun:test';
import { readAuditStream, type StreamedEvent } from '../cluster/audit-stream.ts';
import type { Cluster } from '../cluster/cluster.ts';
import { shareCluster } from '../cluster/cluster-suite.ts';
import { eventually, eventuallyPasses } from '../cluster/eventually.ts';
import { expectJson, namesOf } from '../cluster/expectations.ts';
import { configMap, shellPod } from '../cluster/objects.ts';
import { createPod, hasPhase, isReady, logOf, podsIn, podThat } from '../cluster/pods.ts';
import type { Json } from '../cluster/wire-client.ts';

const suite = shareCluster({ nodes: 1, nats: true });

/** Tells of each of its lives; one line means that it was never started again. */
const LONG_LIVED = 'echo born; exec sleep 3600';

/** Creates ConfigMaps and returns the message ids of their audit events. */
async function writeMaps(
  cluster: Cluster,
  namespace: string,
  prefix: string,
  count: number,
): Promise<string[]> {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      cluster.admin.post(`/api/v1/namespaces/${namespace}/configmaps`, configMap(`${prefix}-${index}`)),
    ),
  );
  return answers.map((answer) => {
    expectJson(answer, 201);
    return `${answer.headers['audit-id']}:ResponseComplete`;
  });
}

const idsOf = (events: readonly StreamedEvent[]) => events.map(({ id }) => id);

/** Waits until the stream has all of the ids, and expects that it has none twice. */
async function expectEachOnce(cluster: Cluster, ids: readonly string[]): Promise<void> {
  const streamed = await eventually(async () => {
    const found = idsOf(await readAuditStream(cluster));
    const known = new Set(found);
    const missing = ids.filter((id) => !known.has(id));
    if (missing.length > 0) throw new Error(`${missing.length} of ${ids.length} events have not arrived`);
    return found;
  }, 30_000);
  const counts = Map.groupBy(streamed, (id) => id);
  expect([...counts.values()].filter((same) => same.length > 1)).toEqual([]);
}

/** A pod that is made now is scheduled, started and reported: hub, controller manager and kubelet work together. */
async function expectWorking(cluster: Cluster): Promise<void> {
  const namespace = await cluster.namespace('working');
  const path = await createPod(cluster, namespace, shellPod('a', 'echo hello', { restartPolicy: 'Never' }));
  await podThat(cluster, path, hasPhase('Succeeded'), 30_000);
  expect(await logOf(cluster, path)).toBe('hello\n');
  await cluster.nodeReady('node-1');
}

/** A pod that runs through everything that is done to the services. */
async function longLivedPod(cluster: Cluster): Promise<string> {
  const path = await createPod(cluster, await cluster.namespace(), shellPod('a', LONG_LIVED));
  await podThat(cluster, path, isReady);
  await eventuallyPasses(async () => expect(await logOf(cluster, path)).toBe('born\n'));
  return path;
}

async function expectUndisturbed(cluster: Cluster, path: string): Promise<void> {
  const pod = await podThat(cluster, path, isReady, 30_000);
  expect(pod.status.containerStatuses[0].restartCount).toBe(0);
  await eventuallyPasses(async () => expect(await logOf(cluster, path)).toBe('born\n'));
}

describe('kill -9 of nats-server', () => {
  suite.test('stops nobody; what happened meanwhile arrives afterwards, each event once', async (cluster) => {
    const namespace = await cluster.namespace();
    const ids = await writeMaps(cluster, namespace, 'before', 50);
    const storm = writeMaps(cluster, namespace, 'storm', 100);
    await cluster.kill9('nats');
    ids.push(...(await storm), ...(await writeMaps(cluster, namespace, 'during', 50)));
    await expectWorking(cluster);
    await cluster.restart('nats');
    ids.push(...(await writeMaps(cluster, namespace, 'after', 50)));
    await expectEachOnce(cluster, ids);
  });

  suite.test('again and again, at any moment, loses nothing and doubles nothing', async (cluster) => {
    const namespace = await cluster.namespace();
    const ids: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const storm = writeMaps(cluster, namespace, `round-${round}`, 60);
      await eventuallyPasses(async () => expect((await readAuditStream(cluster)).length).toBeGreaterThan(0));
      await cluster.kill9('nats');
      await cluster.restart('nats');
      ids.push(...(await storm));
    }
    await expectEachOnce(cluster, ids);
  });
});

describe('kill -9 of the hub', () => {
  suite.test(
    'loses no acknowledged write and no audit event of one; everybody comes back by themselves',
    async (cluster) => {
      const pod = await longLivedPod(cluster);
      const namespace = await cluster.namespace();
      const path = `/api/v1/namespaces/${namespace}/configmaps`;
      const acknowledged: string[] = [];
      const ids: string[] = [];
      let over = false;
      const writers = Array.from({ length: 8 }, async (_, writer) => {
        for (let index = 0; !over; index += 1) {
          const name = `map-${writer}-${index}`;
          const answer = await cluster.admin.post(path, configMap(name)).catch(() => undefined);
          if (answer?.status !== 201) return;
          acknowledged.push(name);
          ids.push(`${answer.headers['audit-id']}:ResponseComplete`);
        }
      });
      await eventuallyPasses(() => expect(acknowledged.length).toBeGreaterThan(200));
      await cluster.kill9('apiserver');
      over = true;
      await Promise.all(writers);
      await cluster.restart('apiserver');
      await cluster.hubReady();
      const names = new Set(namesOf(expectJson(await cluster.admin.get(path))));
      expect(acknowledged.filter((name) => !names.has(name))).toEqual([]);
      await expectEachOnce(cluster, ids);
      await expectUndisturbed(cluster, pod);
      await expectWorking(cluster);
    },
  );
});

describe('kill -9 of the controller manager', () => {
  suite.test('leaves what runs alone; what was asked meanwhile is done afterwards', async (cluster) => {
    const pod = await longLivedPod(cluster);
    const namespace = await cluster.namespace();
    const doomed = await cluster.namespace('doomed');
    await cluster.kill9('controller-manager');
    const path = await createPod(cluster, namespace, shellPod('waiting', LONG_LIVED));
    expectJson(await cluster.admin.delete(`/api/v1/namespaces/${doomed}`));
    await expectUndisturbed(cluster, pod);
    expect(expectJson(await cluster.admin.get(path)).spec.nodeName).toBeUndefined();
    await cluster.restart('controller-manager');
    await podThat(cluster, path, isReady, 30_000);
    await eventually(async () => (await cluster.admin.get(`/api/v1/namespaces/${doomed}`)).status === 404);
    await expectWorking(cluster);
  });
});

describe('kill -9 of the kubelet', () => {
  suite.test('pods run on, and are taken over as they are', async (cluster) => {
    const pod = await longLivedPod(cluster);
    const before = expectJson(await cluster.admin.get(pod)).status.containerStatuses[0];
    await cluster.kill9('node-1');
    await cluster.restart('node-1');
    await expectUndisturbed(cluster, pod);
    const after = expectJson(await cluster.admin.get(pod)).status.containerStatuses[0];
    expect({ id: after.containerID, startedAt: after.state.running.startedAt }).toEqual({
      id: before.containerID,
      startedAt: before.state.running.startedAt,
    });
    await expectWorking(cluster);
  });

  suite.test('what happened meanwhile is seen afterwards: an end, a deletion, a new pod', async (cluster) => {
    const namespace = await cluster.namespace();
    const script = 'until [ -e /gate/open ]; do sleep 0.05; done; echo done; exit 5';
    const volumes = [{ name: 'gate', emptyDir: {} }];
    const container = { volumeMounts: [{ name: 'gate', mountPath: '/gate' }] };
    const ending = await createPod(
      cluster,
      namespace,
      shellPod('ending', script, { restartPolicy: 'Never', volumes, container }),
    );
    const deleted = await createPod(cluster, namespace, shellPod('deleted', LONG_LIVED));
    const pod = await podThat(cluster, ending, hasPhase('Running'));
    await podThat(cluster, deleted, isReady);
    await cluster.kill9('node-1');
    const gate = `${cluster.layout.nodes}/node-1/pods/${pod.metadata.uid}/volumes/kubernetes.io~empty-dir/gate`;
    await Bun.write(`${gate}/open`, '');
    expectJson(await cluster.admin.delete(deleted));
    const created = await createPod(cluster, namespace, shellPod('created', LONG_LIVED));
    await podThat(cluster, created, ({ spec }) => spec.nodeName === 'node-1');
    await cluster.restart('node-1');
    const ended = await podThat(cluster, ending, hasPhase('Failed'), 30_000);
    expect(ended.status.containerStatuses[0].state.terminated.exitCode).toBe(5);
    expect(await logOf(cluster, ending)).toBe('done\n');
    await eventually(async () => (await cluster.admin.get(deleted)).status === 404);
    await podThat(cluster, created, isReady, 30_000);
  });

  suite.test('in the middle of starting many pods leaves none twice and none out', async (cluster) => {
    const namespace = await cluster.namespace();
    const names = Array.from({ length: 8 }, (_, index) => `pod-${index}`);
    await Promise.all(names.map((name) => createPod(cluster, namespace, shellPod(name, LONG_LIVED))));
    await eventually(async () => {
      const { items } = expectJson(await cluster.admin.get(podsIn(namespace)));
      return items.some(isReady);
    });
    await cluster.kill9('node-1');
    await cluster.restart('node-1');
    for (const name of names) await podThat(cluster, `${podsIn(namespace)}/${name}`, isReady, 30_000);
    const { items } = expectJson(await cluster.admin.get(podsIn(namespace)));
    const ids = items.map(({ status }: Json) => status.containerStatuses[0].containerID);
    expect(new Set(ids).size).toBe(names.length);
    // That they are ready may have been said before the kubelet was killed: it may not serve again yet.
    for (const name of names)
      await eventuallyPasses(async () =>
        expect(await logOf(cluster, `${podsIn(namespace)}/${name}`)).toBe('born\n'),
      );
  });
});

describe('kill -9 of everything at once', () => {
  suite.test(
    'and a restart in the wrong order: nothing is lost, the cluster is ready again by itself',
    async (cluster) => {
      const pod = await longLivedPod(cluster);
      const namespace = await cluster.namespace();
      const ids = await writeMaps(cluster, namespace, 'kept', 50);
      const services = ['nats', 'apiserver', 'controller-manager', 'node-1'];
      await Promise.all(services.map((name) => cluster.kill9(name)));
      for (const name of services.toReversed()) await cluster.restart(name);
      await cluster.hubReady();
      expect(
        namesOf(expectJson(await cluster.admin.get(`/api/v1/namespaces/${namespace}/configmaps`))).length,
      ).toBeGreaterThanOrEqual(50);
      await expectUndisturbed(cluster, pod);
      await expectWorking(cluster);
      await expectEachOnce(cluster, ids);
    },
  );
});

describe('an orderly stop', () => {
  suite.test(
    'of each service ends with exit code 0, and of the kubelet ends its containers',
    async (cluster) => {
      const pod = await longLivedPod(cluster);
      for (const name of ['node-1', 'controller-manager', 'apiserver']) {
        await cluster.service(name).stop();
        expect(`${name} ${cluster.service(name).exitCode}`).toBe(`${name} 0`);
      }
      for (const name of ['apiserver', 'controller-manager', 'node-1']) cluster.service(name).start();
      await cluster.hubReady();
      const restarted = await podThat(
        cluster,
        pod,
        (found) => found.status.containerStatuses[0].restartCount === 1,
        30_000,
      );
      expect(restarted.metadata.uid).toBeString();
      await expectWorking(cluster);
    },
  );
});
