import { expect, test } from 'bun:test';
import type { Lease } from '@hawser/api';
import { answer, eventually, refusal, TestServer } from '@hawser/client/testing';
import { createRegistry, silentLogger } from '@hawser/observability';
import { FakeClock } from '@hawser/runtime';
import { LeaseController } from './lease-controller.ts';
import { LeaseMetrics } from './lease-metrics.ts';

const PATH = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';

function lease(serverID: string, renewTime: string): Lease {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name: `konnectivity-proxy-server-${serverID}`,
      namespace: 'kube-system',
      resourceVersion: '7',
    },
    spec: { holderIdentity: serverID, leaseDurationSeconds: 30, renewTime },
  };
}

/** An API server that knows these Leases and takes others; the store, as far as Leases ask for it. */
async function startApi(...known: Lease[]) {
  const stored = new Map(known.map((each) => [each.metadata.name, each]));
  const deletions: { name: string; body: string }[] = [];
  const server = await TestServer.start(({ method, url, body }, response) => {
    const [path = '', query = ''] = url.split('?');
    const name = path.slice(PATH.length + 1);
    const found = stored.get(name);
    if (method === 'GET' && path === PATH) {
      expect(decodeURIComponent(query)).toContain('labelSelector=k8s-app=konnectivity-server');
      return answer(response, 200, { metadata: { resourceVersion: '9' }, items: [...stored.values()] });
    }
    if (method !== 'POST' && found === undefined) return answer(response, 404, refusal(404, 'NotFound'));
    if (method === 'GET') return answer(response, 200, found!);
    if (method === 'DELETE') {
      deletions.push({ name, body });
      stored.delete(name);
      return answer(response, 200, found!);
    }
    const object = JSON.parse(body) as Lease;
    stored.set(object.metadata.name, object);
    return answer(response, 200, object);
  });
  return { server, stored, deletions };
}

test('keeps its Lease, counts those of others, takes expired ones away, and gives its own back', async () => {
  const clock = new FakeClock('2026-01-01T00:00:00Z');
  const valid = lease('b', '2026-01-01T01:00:00.000000Z');
  const expired = lease('c', '2025-12-31T23:59:00.000000Z');
  const { server, stored, deletions } = await startApi(valid, expired);
  await using _server = server;
  await using client = server.client({ clock });
  const registry = createRegistry();
  const controller = new LeaseController({
    ...{ client, serverID: 'a', namespace: 'kube-system', labels: { 'k8s-app': 'konnectivity-server' } },
    ...{ metrics: new LeaseMetrics(registry), clock, logger: silentLogger },
  });
  expect(controller.count).toBe(1);
  const stop = new AbortController();
  const running = controller.run(stop.signal);
  const own = () => stored.get('konnectivity-proxy-server-a');
  await eventually(() => own() !== undefined && deletions.length === 1);
  expect(own()).toMatchObject({
    metadata: { labels: { 'k8s-app': 'konnectivity-server' } },
    spec: { holderIdentity: 'a', leaseDurationSeconds: 30, renewTime: '2026-01-01T00:00:00.000000Z' },
  });
  expect(deletions[0]).toMatchObject({ name: 'konnectivity-proxy-server-c' });
  expect(JSON.parse(deletions[0]!.body)).toMatchObject({ preconditions: { resourceVersion: '7' } });

  const passes = (holds: () => boolean) => () => {
    clock.advance(1_000);
    return holds();
  };
  await eventually(passes(() => own()?.spec?.renewTime !== '2026-01-01T00:00:00.000000Z'));
  await eventually(passes(() => controller.count === 2));
  stop.abort();
  await running;
  expect(own()).toBeUndefined();
  const text = await registry.metrics();
  expect(text).toContain('konnectivity_network_proxy_server_culled_leases_count 1');
  expect(text).toContain(
    'konnectivity_network_proxy_server_lease_list_total{http_status_code="200",reason=""}',
  );
});
