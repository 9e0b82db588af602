import { describe, expect } from 'bun:test';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import type { Json } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const aggregated = (version: string) => ({
  accept: `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList,application/json`,
});

describe('discovery', () => {
  hub.test('plain, names versions, groups and resources', async (cluster) => {
    expect(expectJson(await cluster.admin.get('/api'))).toMatchObject({
      kind: 'APIVersions',
      versions: ['v1'],
    });
    const groups = expectJson(await cluster.admin.get('/apis'));
    expect(groups.kind).toBe('APIGroupList');
    const names = groups.groups.map(({ name }: Json) => name);
    for (const name of [
      'rbac.authorization.k8s.io',
      'certificates.k8s.io',
      'coordination.k8s.io',
      'authentication.k8s.io',
      'authorization.k8s.io',
    ])
      expect(names).toContain(name);
    const group = expectJson(await cluster.admin.get('/apis/certificates.k8s.io'));
    expect(group).toMatchObject({
      kind: 'APIGroup',
      preferredVersion: { groupVersion: 'certificates.k8s.io/v1' },
    });
    const core = expectJson(await cluster.admin.get('/api/v1'));
    expect(core).toMatchObject({ kind: 'APIResourceList', groupVersion: 'v1' });
    const pods = core.resources.find(({ name }: Json) => name === 'pods');
    expect(pods).toMatchObject({
      singularName: 'pod',
      namespaced: true,
      kind: 'Pod',
      shortNames: ['po'],
      categories: ['all'],
    });
    expect([...pods.verbs].sort()).toEqual([
      'create',
      'delete',
      'deletecollection',
      'get',
      'list',
      'patch',
      'update',
      'watch',
    ]);
    const subresources = core.resources.map(({ name }: Json) => name);
    for (const name of [
      'pods/status',
      'pods/log',
      'pods/binding',
      'namespaces/finalize',
      'serviceaccounts/token',
    ])
      expect(subresources).toContain(name);
  });

  for (const version of ['v2', 'v2beta1']) {
    hub.test(
      `aggregated ${version} tells all in two answers, and says so in its Content-Type`,
      async (cluster) => {
        for (const [path, kind] of [
          ['/api', 'Pod'],
          ['/apis', 'Lease'],
        ]) {
          const answer = await cluster.admin.get(path!, aggregated(version));
          expect(answer.headers['content-type']).toBe(
            `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
          );
          expect(answer.headers.vary).toContain('Accept');
          const list = expectJson(answer);
          expect(list).toMatchObject({
            kind: 'APIGroupDiscoveryList',
            apiVersion: `apidiscovery.k8s.io/${version}`,
          });
          const resources = list.items.flatMap(({ versions }: Json) =>
            versions.flatMap(({ resources }: Json) => resources),
          );
          const found = resources.find(({ responseKind }: Json) => responseKind.kind === kind);
          expect(found).toMatchObject({
            scope: 'Namespaced',
            verbs: expect.arrayContaining(['get', 'watch']),
          });
        }
      },
    );
  }

  hub.test('a client that has a document already gets 304', async (cluster) => {
    for (const headers of [aggregated('v2'), {}]) {
      const { headers: answered } = await cluster.admin.get('/apis', headers);
      const etag = answered.etag!;
      expect(etag).toMatch(/^".+"$/);
      const again = await cluster.admin.get('/apis', { ...headers, 'if-none-match': etag });
      expect(again.status).toBe(304);
      expect(again.bytes).toHaveLength(0);
      const other = await cluster.admin.get('/apis', { ...headers, 'if-none-match': '"other"' });
      expect(other.status).toBe(200);
    }
  });

  hub.test('is not for strangers', async (cluster) => {
    for (const path of ['/api', '/apis', '/openapi/v3'])
      expectFailure(await cluster.wire().get(path), 403, 'Forbidden');
  });
});

describe('OpenAPI v3', () => {
  hub.test('the index names a document per group version, by its hash for ever', async (cluster) => {
    const { paths } = expectJson(await cluster.admin.get('/openapi/v3'));
    for (const path of ['api/v1', 'apis/rbac.authorization.k8s.io/v1', 'apis/certificates.k8s.io/v1'])
      expect(paths[path].serverRelativeURL).toMatch(new RegExp(`^/openapi/v3/${path}\\?hash=[0-9A-F]+$`));
    const url = paths['api/v1'].serverRelativeURL;
    const answer = await cluster.admin.get(url);
    expect(answer.headers['cache-control']).toBe('public, immutable');
    expect(answer.headers.etag).toBeString();
    const again = await cluster.admin.get(url, { 'if-none-match': answer.headers.etag! });
    expect(again.status).toBe(304);
  });

  hub.test('the index can be kept, and a stale hash leads to the document of now', async (cluster) => {
    const { headers, json } = await cluster.admin.get('/openapi/v3');
    const again = await cluster.admin.get('/openapi/v3', { 'if-none-match': `"other", W/${headers.etag}` });
    expect(again.status).toBe(304);
    const stale = await cluster.admin.get('/openapi/v3/api/v1?hash=0123');
    expect(stale.status).toBe(301);
    expect(stale.headers.location).toBe(json.paths['api/v1'].serverRelativeURL);
    expect(stale.headers['cache-control']).not.toContain('immutable');
  });

  hub.test('a document has what kubectl looks for before it applies', async (cluster) => {
    const document = expectJson(await cluster.admin.get('/openapi/v3/api/v1'));
    expect(document.openapi).toMatch(/^3\./);
    const { patch } = document.paths['/api/v1/namespaces/{namespace}/pods/{name}'];
    expect(patch['x-kubernetes-group-version-kind']).toEqual({ group: '', version: 'v1', kind: 'Pod' });
    const parameters = patch.parameters.map(({ name, $ref }: Json) => name ?? $ref);
    expect(parameters.join()).toContain('fieldValidation');
    const pod = document.components.schemas['io.k8s.api.core.v1.Pod'];
    expect(pod['x-kubernetes-group-version-kind']).toEqual([{ group: '', version: 'v1', kind: 'Pod' }]);
    expect(Object.keys(pod.properties).sort()).toEqual(['apiVersion', 'kind', 'metadata', 'spec', 'status']);
  });

  hub.test('every reference in every document leads somewhere', async (cluster) => {
    const { paths } = expectJson(await cluster.admin.get('/openapi/v3'));
    for (const { serverRelativeURL } of Object.values(paths) as Json[]) {
      const { text, json } = await cluster.admin.get(serverRelativeURL);
      for (const [, name] of text.matchAll(/"#\/components\/schemas\/([^"]+)"/g))
        expect(json.components.schemas).toHaveProperty([name!]);
    }
  });

  hub.test('of a group that is not served is a 404', async (cluster) => {
    expectFailure(await cluster.admin.get('/openapi/v3/apis/nowhere.example.com/v1'), 404, 'NotFound');
  });
});

describe('version and health', () => {
  hub.test('the version is told to anybody', async (cluster) => {
    const version = expectJson(await cluster.wire().get('/version'));
    expect(version).toMatchObject({ major: '1', minor: '36' });
    expect(version.gitVersion).toMatch(/^v1\.36\.\d+\+hawser/);
  });

  for (const root of ['healthz', 'livez', 'readyz']) {
    hub.test(`/${root} says ok, with ?verbose its checks, and each check by itself`, async (cluster) => {
      const anybody = cluster.wire();
      expect((await anybody.get(`/${root}`)).text).toBe('ok');
      const { text } = await anybody.get(`/${root}?verbose`);
      const lines = text.trimEnd().split('\n');
      expect(lines.pop()).toBe(`${root} check passed`);
      expect(lines).toContain('[+]ping ok');
      for (const line of lines) {
        const name = /^\[\+\](\S+) ok$/.exec(line)?.[1];
        expect(name).toBeString();
        expect((await cluster.admin.get(`/${root}/${name}`)).text).toBe('ok');
      }
      const excluded = await anybody.get(`/${root}?verbose&exclude=ping`);
      expect(excluded.text).toContain('[+]ping excluded: ok');
      expectFailure(await cluster.admin.get(`/${root}/nonsense`), 404, 'NotFound');
    });
  }

  hub.test("metrics are for those who may, with upstream's names", async (cluster) => {
    const answer = await cluster.admin.get('/metrics');
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toStartWith('text/plain');
    expect(answer.text).toContain('apiserver_request_total');
    expect(answer.text).toContain('apiserver_request_duration_seconds_bucket');
    expectFailure(await cluster.wire().get('/metrics'), 403, 'Forbidden');
  });

  hub.test('labels of metrics are not what strangers write in paths', async (cluster) => {
    for (let index = 0; index < 20; index += 1) await cluster.wire().get(`/api/v1/made-up-${index}`);
    expect((await cluster.admin.get('/metrics')).text).not.toContain('made-up');
  });

  hub.test('the keys of service account tokens are published', async (cluster) => {
    const configuration = expectJson(await cluster.admin.get('/.well-known/openid-configuration'));
    expect(configuration.issuer).toBe('https://kubernetes.default.svc.cluster.local');
    const { keys } = expectJson(await cluster.admin.get('/openid/v1/jwks'));
    expect(keys).toHaveLength(1);
    expect(keys[0]).toMatchObject({ use: 'sig' });
    expect(keys[0].d).toBeUndefined();
  });
});
