import { describe, expect } from 'bun:test';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { forgetThePast } from '../../cluster/compact-store.ts';
import { expectFailure, expectJson, namesOf } from '../../cluster/expectations.ts';
import { configMap, shellPod } from '../../cluster/objects.ts';

const hub = shareCluster();
const mapsIn = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;

/** Makes ConfigMaps `map-00`, `map-01` … and returns their collection's path. */
async function manyMaps(cluster: Cluster, count: number): Promise<string> {
  const path = mapsIn(await cluster.namespace());
  const names = Array.from({ length: count }, (_, index) => `map-${String(index).padStart(2, '0')}`);
  await Promise.all(
    names.map(async (name) => expectJson(await cluster.admin.post(path, configMap(name)), 201)),
  );
  return path;
}

describe('lists', () => {
  hub.test('are in the order of names and carry the moment that they show', async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    for (const name of ['b', 'c', 'a']) expectJson(await cluster.admin.post(path, configMap(name)), 201);
    const list = expectJson(await cluster.admin.get(path));
    expect(list).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(namesOf(list)).toEqual(['a', 'b', 'c']);
    const newest = Math.max(
      ...list.items.map((item: { metadata: { resourceVersion: string } }) =>
        Number(item.metadata.resourceVersion),
      ),
    );
    expect(Number(list.metadata.resourceVersion)).toBeGreaterThanOrEqual(newest);
  });

  hub.test('of all namespaces hold what each of them does', async (cluster) => {
    const [one, two] = [await cluster.namespace(), await cluster.namespace()];
    for (const namespace of [one, two])
      expectJson(await cluster.admin.post(mapsIn(namespace), configMap('same-name')), 201);
    const list = expectJson(
      await cluster.admin.get('/api/v1/configmaps?fieldSelector=metadata.name%3Dsame-name'),
    );
    expect(list.items.map((item: { metadata: { namespace: string } }) => item.metadata.namespace)).toEqual([
      one,
      two,
    ]);
  });

  hub.test('of a namespace do not leak from one whose name begins the same', async (cluster) => {
    const namespace = await cluster.namespace('prefix');
    expectJson(await cluster.admin.post('/api/v1/namespaces', { metadata: { name: `${namespace}-x` } }), 201);
    expectJson(await cluster.admin.post(mapsIn(`${namespace}-x`), configMap('a')), 201);
    expect(namesOf(expectJson(await cluster.admin.get(mapsIn(namespace))))).toEqual([]);
  });
});

describe('label selectors', () => {
  const cases = [
    { selector: 'app=web', picks: ['one', 'two'] },
    { selector: 'app==web,tier=front', picks: ['one'] },
    { selector: 'app!=web', picks: ['three', 'four'] },
    { selector: 'app', picks: ['one', 'two', 'three'] },
    { selector: '!app', picks: ['four'] },
    { selector: 'app in (web, db),tier notin (front)', picks: ['two', 'three'] },
    { selector: 'size>5', picks: ['two'] },
    { selector: 'size<5', picks: ['one'] },
  ];
  const labels: Record<string, Record<string, string>> = {
    one: { app: 'web', tier: 'front', size: '3' },
    two: { app: 'web', tier: 'back', size: '7' },
    three: { app: 'db' },
    four: {},
  };
  let path = '';
  for (const { selector, picks } of cases) {
    hub.test(`${selector} picks ${picks.join(' and ')}`, async (cluster) => {
      if (path === '') {
        path = mapsIn(await cluster.namespace());
        for (const [name, own] of Object.entries(labels))
          expectJson(await cluster.admin.post(path, configMap(name, {}, { labels: own })), 201);
      }
      const list = expectJson(
        await cluster.admin.get(`${path}?labelSelector=${encodeURIComponent(selector)}`),
      );
      expect(namesOf(list).sort()).toEqual([...picks].sort());
    });
  }

  for (const selector of ['app in web', 'a b', 'app in ()=', '=x', 'size>big']) {
    hub.test(`${JSON.stringify(selector)} is a 400`, async (cluster) => {
      const query = `?labelSelector=${encodeURIComponent(selector)}`;
      expectFailure(await cluster.admin.get(`/api/v1/configmaps${query}`), 400, 'BadRequest');
    });
  }
});

describe('field selectors', () => {
  hub.test('pick by name, and pods by node and phase', async (cluster) => {
    const namespace = await cluster.namespace();
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    expectJson(await cluster.admin.post(pods, shellPod('placed', 'true', { nodeName: 'elsewhere' })), 201);
    expectJson(await cluster.admin.post(pods, shellPod('unplaced', 'true')), 201);
    const picks = async (selector: string) =>
      namesOf(expectJson(await cluster.admin.get(`${pods}?fieldSelector=${encodeURIComponent(selector)}`)));
    expect(await picks('metadata.name=placed')).toEqual(['placed']);
    expect(await picks('spec.nodeName=elsewhere')).toEqual(['placed']);
    expect(await picks('spec.nodeName=')).toEqual(['unplaced']);
    expect(await picks('spec.nodeName!=elsewhere,status.phase=Pending')).toEqual(['unplaced']);
    expect(await picks('status.phase=Running')).toEqual([]);
  });

  hub.test('on a field that cannot be selected by are a 400 that names it', async (cluster) => {
    const status = expectFailure(
      await cluster.admin.get('/api/v1/configmaps?fieldSelector=data.x%3Dy'),
      400,
      'BadRequest',
    );
    expect(status.message).toContain('field label not supported: data.x');
  });
});

describe('pages', () => {
  hub.test('together show each object once, and say how many are left', async (cluster) => {
    const path = await manyMaps(cluster, 7);
    const names: string[] = [];
    const left: (number | undefined)[] = [];
    let next = '';
    do {
      const page = expectJson(
        await cluster.admin.get(`${path}?limit=3&continue=${encodeURIComponent(next)}`),
      );
      names.push(...namesOf(page));
      left.push(page.metadata.remainingItemCount);
      next = page.metadata.continue ?? '';
    } while (next !== '');
    expect(names).toEqual(Array.from({ length: 7 }, (_, index) => `map-0${index}`));
    expect(left).toEqual([4, 1, undefined]);
  });

  hub.test('show one moment while writes go on', async (cluster) => {
    const path = await manyMaps(cluster, 6);
    const first = expectJson(await cluster.admin.get(`${path}?limit=2`));
    expectJson(await cluster.admin.delete(`${path}/map-03`));
    expectJson(await cluster.admin.post(path, configMap('map-02-later')), 201);
    expectJson(await cluster.admin.patch(`${path}/map-04`, 'merge', { data: { changed: 'later' } }));
    const rest = expectJson(
      await cluster.admin.get(`${path}?continue=${encodeURIComponent(first.metadata.continue)}`),
    );
    expect(namesOf(rest)).toEqual(['map-02', 'map-03', 'map-04', 'map-05']);
    expect(rest.items[2].data).not.toHaveProperty('changed');
    expect(rest.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
  });

  hub.test('can be read with selectors, and then do not say how many are left', async (cluster) => {
    const path = await manyMaps(cluster, 6);
    for (const name of ['map-01', 'map-03', 'map-05'])
      expectJson(
        await cluster.admin.patch(`${path}/${name}`, 'merge', { metadata: { labels: { odd: 'yes' } } }),
      );
    const query = `${path}?labelSelector=odd%3Dyes&limit=2`;
    const first = expectJson(await cluster.admin.get(query));
    expect(namesOf(first)).toEqual(['map-01', 'map-03']);
    expect(first.metadata.remainingItemCount).toBeUndefined();
    const second = expectJson(
      await cluster.admin.get(`${query}&continue=${encodeURIComponent(first.metadata.continue)}`),
    );
    expect(namesOf(second)).toEqual(['map-05']);
    expect(second.metadata.continue).toBeUndefined();
  });

  hub.test('go on after the hub was restarted', async (cluster) => {
    const path = await manyMaps(cluster, 4);
    const first = expectJson(await cluster.admin.get(`${path}?limit=2`));
    expectJson(await cluster.admin.delete(`${path}/map-02`));
    await cluster.restart('apiserver');
    await cluster.hubReady();
    const rest = expectJson(
      await cluster.admin.get(`${path}?continue=${encodeURIComponent(first.metadata.continue)}`),
    );
    expect(namesOf(rest)).toEqual(['map-02', 'map-03']);
  });

  hub.test('of a moment that is no longer kept are 410 Expired', async (cluster) => {
    const path = await manyMaps(cluster, 4);
    const first = expectJson(await cluster.admin.get(`${path}?limit=2`));
    expectJson(await cluster.admin.delete(`${path}/map-03`));
    await forgetThePast(cluster);
    const query = `continue=${encodeURIComponent(first.metadata.continue)}`;
    const status = expectFailure(await cluster.admin.get(`${path}?limit=2&${query}`), 410, 'Expired');
    expect(status.message).toContain('The provided continue parameter is too old');
  });

  hub.test('refuse a token that is none, and a limit that is no number', async (cluster) => {
    for (const query of ['limit=2&continue=nonsense', 'limit=many', 'continue=e30', 'limit=-1&continue=%ff'])
      expectFailure(await cluster.admin.get(`/api/v1/configmaps?${query}`), 400, 'BadRequest');
  });

  hub.test('of one namespace cannot be read on into another', async (cluster) => {
    const [one, two] = [await manyMaps(cluster, 4), await manyMaps(cluster, 4)];
    const first = expectJson(await cluster.admin.get(`${one}?limit=2`));
    const answer = await cluster.admin.get(`${two}?continue=${encodeURIComponent(first.metadata.continue)}`);
    const namespaces = (answer.json.items ?? []).map(
      (item: { metadata: { namespace: string } }) => item.metadata.namespace,
    );
    expect(namespaces).not.toContain(one.split('/')[4]);
  });
});

describe('resourceVersion of a list', () => {
  hub.test('with Exact shows that moment, with NotOlderThan at least that', async (cluster) => {
    const path = await manyMaps(cluster, 2);
    const before = expectJson(await cluster.admin.get(path)).metadata.resourceVersion;
    expectJson(await cluster.admin.delete(`${path}/map-00`));
    const exact = expectJson(
      await cluster.admin.get(`${path}?resourceVersion=${before}&resourceVersionMatch=Exact`),
    );
    expect(namesOf(exact)).toEqual(['map-00', 'map-01']);
    expect(exact.metadata.resourceVersion).toBe(before);
    const recent = expectJson(
      await cluster.admin.get(`${path}?resourceVersion=${before}&resourceVersionMatch=NotOlderThan`),
    );
    expect(namesOf(recent)).toEqual(['map-01']);
  });

  hub.test('that was never reached is a Timeout that says so', async (cluster) => {
    const answer = await cluster.admin.get('/api/v1/configmaps?resourceVersion=999999999');
    const status = expectFailure(answer, 504, 'Timeout');
    expect(status.details.causes).toEqual([
      { reason: 'ResourceVersionTooLarge', message: 'Too large resource version' },
    ]);
  });

  hub.test('that is no number is a 400, a match without it a 422', async (cluster) => {
    expectFailure(await cluster.admin.get('/api/v1/configmaps?resourceVersion=abc'), 400, 'BadRequest');
    expectFailure(await cluster.admin.get('/api/v1/configmaps?resourceVersionMatch=Exact'), 422, 'Invalid');
  });
});
