import { describe, expect } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { forgetThePast } from '../../cluster/compact-store.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { configMap } from '../../cluster/objects.ts';

const hub = shareCluster();
const mapsIn = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
const versionOf = async (cluster: Cluster, path: string): Promise<string> =>
  expectJson(await cluster.admin.get(path)).metadata.resourceVersion;
const label = (value: string | null) => ({ metadata: { labels: { app: value } } });

describe('a watch', () => {
  hub.test("from a list's resourceVersion tells every later change in order", async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    expectJson(await cluster.admin.post(path, configMap('before')), 201);
    using watch = await cluster.admin.watch(`${path}?resourceVersion=${await versionOf(cluster, path)}`);
    const created = expectJson(await cluster.admin.post(path, configMap('a')), 201);
    const changed = expectJson(await cluster.admin.patch(`${path}/a`, 'merge', { data: { x: '1' } }));
    expectJson(await cluster.admin.delete(`${path}/a`));
    expect(await watch.next()).toEqual({ type: 'ADDED', object: created });
    expect(await watch.next()).toEqual({ type: 'MODIFIED', object: changed });
    const { type, object } = await watch.next();
    expect(type).toBe('DELETED');
    expect(object.data).toEqual({ x: '1' });
    expect(Number(object.metadata.resourceVersion)).toBeGreaterThan(Number(changed.metadata.resourceVersion));
  });

  hub.test('from an older resourceVersion first tells what was missed', async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    const version = await versionOf(cluster, path);
    expectJson(await cluster.admin.post(path, configMap('a')), 201);
    expectJson(await cluster.admin.delete(`${path}/a`));
    using watch = await cluster.admin.watch(`${path}?resourceVersion=${version}`);
    expectJson(await cluster.admin.post(path, configMap('b')), 201);
    expect(await watch.nextNames(3)).toEqual(['ADDED a', 'DELETED a', 'ADDED b']);
  });

  hub.test('without a resourceVersion first tells what stands', async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    for (const name of ['b', 'a']) expectJson(await cluster.admin.post(path, configMap(name)), 201);
    using watch = await cluster.admin.watch(path);
    expectJson(await cluster.admin.post(path, configMap('c')), 201);
    expect(await watch.nextNames(3)).toEqual(['ADDED a', 'ADDED b', 'ADDED c']);
  });

  hub.test('of one namespace does not hear of another', async (cluster) => {
    const [one, two] = [mapsIn(await cluster.namespace()), mapsIn(await cluster.namespace())];
    using watch = await cluster.admin.watch(`${one}?resourceVersion=${await versionOf(cluster, one)}`);
    expectJson(await cluster.admin.post(two, configMap('theirs')), 201);
    expectJson(await cluster.admin.post(one, configMap('ours')), 201);
    expect(await watch.nextNames(1)).toEqual(['ADDED ours']);
  });

  hub.test('of one name hears of that object alone', async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    using watch = await cluster.admin.watch(`${path}?fieldSelector=metadata.name%3Dthis`);
    for (const name of ['other', 'this']) expectJson(await cluster.admin.post(path, configMap(name)), 201);
    expect(await watch.nextNames(1)).toEqual(['ADDED this']);
  });

  hub.test(
    'with a selector hears ADDED when an object comes to match and DELETED when it ceases to',
    async (cluster) => {
      const path = mapsIn(await cluster.namespace());
      const query = `?labelSelector=app%3Dweb&resourceVersion=${await versionOf(cluster, path)}`;
      using watch = await cluster.admin.watch(`${path}${query}`);
      expectJson(await cluster.admin.post(path, configMap('a')), 201);
      expectJson(await cluster.admin.patch(`${path}/a`, 'merge', label('web')));
      expectJson(await cluster.admin.patch(`${path}/a`, 'merge', { data: { x: '1' } }));
      const left = expectJson(await cluster.admin.patch(`${path}/a`, 'merge', label('db')));
      expectJson(await cluster.admin.patch(`${path}/a`, 'merge', { data: { x: '2' } }));
      expectJson(await cluster.admin.patch(`${path}/a`, 'merge', label('web')));
      expectJson(await cluster.admin.delete(`${path}/a`));
      const events = await watch.until(({ type }) => type === 'DELETED');
      expect(events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
      expect(events[2]?.object.metadata.labels).toEqual({ app: 'web' });
      expect(events[2]?.object.metadata.resourceVersion).toBe(left.metadata.resourceVersion);
      expect(await watch.nextNames(2)).toEqual(['ADDED a', 'DELETED a']);
    },
  );

  hub.test('by many at once tells each the same', async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    const from = `${path}?resourceVersion=${await versionOf(cluster, path)}`;
    const watches = await Promise.all(
      Array.from({ length: 40 }, () => cluster.wire(cluster.admin.identity).watch(from)),
    );
    for (let index = 0; index < 10; index += 1)
      expectJson(await cluster.admin.post(path, configMap(`map-${index}`)), 201);
    const wanted = Array.from({ length: 10 }, (_, index) => `ADDED map-${index}`);
    for (const watch of watches) {
      expect(await watch.nextNames(10)).toEqual(wanted);
      watch[Symbol.dispose]();
    }
  });

  hub.test('ends by itself after timeoutSeconds, and its connection can be used again', async (cluster) => {
    using client = cluster.wire(cluster.admin.identity);
    using watch = await client.watch('/api/v1/configmaps?timeoutSeconds=1');
    await watch.end(5_000);
    expectJson(await client.get('/api/v1/configmaps?limit=1'));
  });

  hub.test('carries objects of a megabyte whole', async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    using watch = await cluster.admin.watch(path);
    const large = 'äöü'.repeat(160_000);
    expectJson(await cluster.admin.post(path, configMap('large', { large })), 201);
    expect((await watch.next()).object.data.large === large).toBe(true);
  });
});

describe('bookmarks', () => {
  hub.test('end the initial events where those are asked for', async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    for (const name of ['a', 'b']) expectJson(await cluster.admin.post(path, configMap(name)), 201);
    const query =
      'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=';
    using watch = await cluster.admin.watch(`${path}?${query}`);
    const events = await watch.until(({ type }) => type === 'BOOKMARK');
    expect(events.map(({ type, object }) => `${type} ${object.metadata.name ?? ''}`)).toEqual([
      'ADDED a',
      'ADDED b',
      'BOOKMARK ',
    ]);
    const { object } = events[2]!;
    expect(object).toMatchObject({ kind: 'ConfigMap', apiVersion: 'v1' });
    expect(object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    using resumed = await cluster.admin.watch(`${path}?resourceVersion=${object.metadata.resourceVersion}`);
    expectJson(await cluster.admin.post(path, configMap('c')), 201);
    expect(await resumed.nextNames(1)).toEqual(['ADDED c']);
    expect(await watch.nextNames(1)).toEqual(['ADDED c']);
  });

  hub.test(
    'are refused as upstream refuses them where the options contradict each other',
    async (cluster) => {
      const path = '/api/v1/configmaps?watch=true';
      const bad = [
        'sendInitialEvents=true&allowWatchBookmarks=true',
        'sendInitialEvents=true&resourceVersionMatch=Exact&allowWatchBookmarks=true&resourceVersion=5',
        'resourceVersionMatch=NotOlderThan&resourceVersion=5',
      ];
      for (const query of bad) expectFailure(await cluster.admin.get(`${path}&${query}`), 422, 'Invalid');
    },
  );
});

describe('a restart of the hub', () => {
  hub.test("does not lose what happened since the watcher's last event", async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    const version = await versionOf(cluster, path);
    expectJson(await cluster.admin.post(path, configMap('a', {}, label('web').metadata)), 201);
    expectJson(await cluster.admin.patch(`${path}/a`, 'merge', { data: { x: '1' } }));
    expectJson(await cluster.admin.delete(`${path}/a`));
    await cluster.kill9('apiserver');
    await cluster.restart('apiserver');
    await cluster.hubReady();
    using watch = await cluster.admin.watch(`${path}?resourceVersion=${version}`);
    using selecting = await cluster.admin.watch(`${path}?resourceVersion=${version}&labelSelector=app%3Dweb`);
    const wanted = ['ADDED a', 'MODIFIED a', 'DELETED a'];
    expect(await watch.nextNames(3)).toEqual(wanted);
    expect(await selecting.nextNames(3)).toEqual(wanted);
  });

  hub.test('that shuts down in order ends the watches', async (cluster) => {
    using watch = await cluster.admin.watch('/api/v1/configmaps?resourceVersion=0');
    await cluster.service('apiserver').stop();
    await watch.end();
    cluster.service('apiserver').start();
    await cluster.hubReady();
  });

  hub.test(
    'after which the past is gone answers old watchers with 410 Expired inside the stream',
    async (cluster) => {
      const path = mapsIn(await cluster.namespace());
      const version = await versionOf(cluster, path);
      expectJson(await cluster.admin.post(path, configMap('a')), 201);
      await forgetThePast(cluster);
      using watch = await cluster.admin.watch(`${path}?resourceVersion=${version}`);
      const { type, object } = await watch.next();
      expect(type).toBe('ERROR');
      expect(object).toMatchObject({ kind: 'Status', status: 'Failure', code: 410, reason: 'Expired' });
      expect(object.message).toStartWith(`too old resource version: ${version}`);
      await watch.end();
    },
  );

  hub.test('lets a watcher of a resourceVersion that was never reached know', async (cluster) => {
    expectFailure(
      await cluster.admin.get('/api/v1/configmaps?watch=true&resourceVersion=999999999'),
      504,
      'Timeout',
    );
  });
});
