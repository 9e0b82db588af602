import { describe, expect } from 'bun:test';
import { gunzipSync } from 'node:zlib';
import { decodeProtobuf, encodeProtobuf, type TypeMeta } from '@hawser/api';
import { clusterTest, shareCluster } from '../../cluster/cluster-suite.ts';
import { forgetThePast } from '../../cluster/compact-store.ts';
import { expectJson } from '../../cluster/expectations.ts';
import { configMap, shellPod } from '../../cluster/objects.ts';
import { protobufEvents } from '../../cluster/protobuf-watch.ts';
import type { Json, WireResponse } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const ASKED = { accept: `${PROTOBUF},application/json` };
const SENT = { ...ASKED, 'content-type': PROTOBUF };
const mapsIn = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;

/** The object of an answer in protobuf. */
function expectProtobuf(answer: WireResponse, code = 200): Json {
  expect([answer.status, answer.headers['content-type']]).toEqual([code, PROTOBUF]);
  return decodeProtobuf(answer.bytes);
}

describe('answers in protobuf', () => {
  hub.test('say of an object what JSON says', async (cluster) => {
    const namespace = await cluster.namespace();
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const pod = shellPod('a', 'true', { container: { resources: { requests: { cpu: '0.5' } } } });
    const created = expectProtobuf(await cluster.admin.post(path, pod, ASKED), 201);
    expect(created).toMatchObject({ kind: 'Pod', apiVersion: 'v1', metadata: { name: 'a', namespace } });
    const read = expectProtobuf(await cluster.admin.get(`${path}/a`, ASKED));
    expect(read).toEqual(expectJson(await cluster.admin.get(`${path}/a`)));
    const asText = await cluster.admin.get(`${path}/a`, { accept: `application/json,${PROTOBUF}` });
    expect(asText.headers['content-type']).toBe('application/json');
  });

  hub.test('are given to what came in protobuf, on every verb', async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    const body = (data: object) => encodeProtobuf({ ...configMap('a'), data });
    expect(expectProtobuf(await cluster.admin.post(path, body({ x: '1' }), SENT), 201).data).toEqual({
      x: '1',
    });
    expect(expectProtobuf(await cluster.admin.put(`${path}/a`, body({ x: '2' }), SENT)).data).toEqual({
      x: '2',
    });
    const patch = await cluster.admin.request('PATCH', `${path}/a`, {
      body: { data: { y: '3' } },
      headers: { ...ASKED, 'content-type': 'application/merge-patch+json' },
    });
    expect(expectProtobuf(patch).data).toEqual({ x: '2', y: '3' });
    const options = encodeProtobuf({ apiVersion: 'v1', kind: 'DeleteOptions' });
    const deleted = await cluster.admin.request('DELETE', `${path}/a`, { body: options, headers: SENT });
    expect(expectProtobuf(deleted)).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'a', kind: 'configmaps' },
    });
  });

  hub.test('of a list are its items and its place in the log, page by page', async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    for (const name of ['a', 'b', 'c'])
      expectJson(await cluster.admin.post(path, configMap(name, { x: '1' })), 201);
    const list = expectProtobuf(await cluster.admin.get(`${path}?limit=2`, ASKED));
    const inJson = expectJson(await cluster.admin.get(`${path}?limit=2`));
    expect(list).toMatchObject({
      kind: 'ConfigMapList',
      apiVersion: 'v1',
      metadata: { remainingItemCount: 1 },
    });
    expect(list.items).toEqual(inJson.items.map(({ kind: _, apiVersion: __, ...item }: Json) => item));
    const rest = await cluster.admin.get(`${path}?limit=2&continue=${list.metadata.continue}`, ASKED);
    expect(expectProtobuf(rest).items.map(({ metadata }: Json) => metadata.name)).toEqual(['c']);
    const none = await cluster.admin.get(`${path}?labelSelector=no=such`, ASKED);
    expect(expectProtobuf(none).items ?? []).toEqual([]);
  });

  hub.test('of a refusal are a Status', async (cluster) => {
    const missing = await cluster.admin.get('/api/v1/namespaces/default/configmaps/nope', ASKED);
    expect(expectProtobuf(missing, 404)).toMatchObject({
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      reason: 'NotFound',
      code: 404,
      details: { name: 'nope', kind: 'configmaps' },
    });
    const invalid = await cluster.admin.post('/api/v1/namespaces/default/configmaps', configMap('A_'), ASKED);
    expect(expectProtobuf(invalid, 422).details.causes[0].field).toBe('metadata.name');
    const table = { accept: `${PROTOBUF};as=Table;v=v1;g=meta.k8s.io` };
    expect((await cluster.admin.get('/api/v1/configmaps', table)).json.reason).toBe('NotAcceptable');
  });

  hub.test('of reviews and tokens are reviews and tokens', async (cluster) => {
    const review = (group: string, kind: string, spec: object): TypeMeta & { spec: object } => ({
      apiVersion: `${group}/v1`,
      kind,
      spec,
    });
    const access = review('authorization.k8s.io', 'SelfSubjectAccessReview', {
      resourceAttributes: { verb: 'get', resource: 'pods' },
    });
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const answer = expectProtobuf(await cluster.admin.post(path, encodeProtobuf(access), SENT), 201);
    expect(answer).toMatchObject({ kind: 'SelfSubjectAccessReview', status: { allowed: true } });
    const accounts = '/api/v1/namespaces/default/serviceaccounts';
    expectJson(await cluster.admin.post(accounts, { metadata: { name: 'robot' } }), 201);
    const token = expectProtobuf(
      await cluster.admin.post(
        `${accounts}/robot/token`,
        encodeProtobuf(review('authentication.k8s.io', 'TokenRequest', {})),
        SENT,
      ),
      201,
    );
    expect(token.status.token).toMatch(/^ey/);
    const whose = await cluster.admin.post(
      '/apis/authentication.k8s.io/v1/tokenreviews',
      encodeProtobuf(review('authentication.k8s.io', 'TokenReview', { token: token.status.token })),
      SENT,
    );
    expect(expectProtobuf(whose, 201).status.user.username).toBe('system:serviceaccount:default:robot');
  });

  hub.test('of metadata alone are PartialObjectMetadata, lists of it, and a watch of it', async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    expectJson(await cluster.admin.post(path, configMap('a', { x: '1' }, { labels: { l: 'v' } })), 201);
    for (const v of ['v1', 'v1beta1']) {
      const as = (kind: string) => ({ accept: `${PROTOBUF};as=${kind};g=meta.k8s.io;v=${v}` });
      const one = expectProtobuf(await cluster.admin.get(`${path}/a`, as('PartialObjectMetadata')));
      expect(one).toMatchObject({
        kind: 'PartialObjectMetadata',
        apiVersion: `meta.k8s.io/${v}`,
        metadata: { name: 'a', labels: { l: 'v' } },
      });
      const list = expectProtobuf(await cluster.admin.get(path, as('PartialObjectMetadataList')));
      expect(list).toMatchObject({
        kind: 'PartialObjectMetadataList',
        metadata: { resourceVersion: expect.any(String) },
      });
      expect(list.items).toEqual([{ metadata: one.metadata }]);
      const response = await cluster.admin.open('GET', `${path}?watch=true`, {
        headers: as('PartialObjectMetadata'),
      });
      for await (const { type, object } of protobufEvents(response)) {
        expect({ type, object }).toEqual({ type: 'ADDED', object: one });
        break;
      }
    }
  });
});

describe('a watch in protobuf', () => {
  hub.test('tells what stands, its end, and every change', async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    const first = expectJson(await cluster.admin.post(path, configMap('a', { x: '0' })), 201);
    const query =
      'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const response = await cluster.admin.open('GET', `${path}?${query}`, {
      headers: { accept: `${PROTOBUF};stream=watch` },
    });
    expect([response.statusCode, response.headers['content-type']]).toEqual([
      200,
      `${PROTOBUF};stream=watch`,
    ]);
    const events = protobufEvents(response);
    const next = async () => (await events.next()).value!;
    expect(await next()).toEqual({ type: 'ADDED', object: first });
    expect(await next()).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
    const large = configMap('b', { x: 'y'.repeat(300_000) });
    const second = expectJson(await cluster.admin.post(path, large), 201);
    expect(await next()).toEqual({ type: 'ADDED', object: second });
    expectJson(await cluster.admin.patch(`${path}/a`, 'merge', { data: { x: '1' } }));
    expect(await next()).toMatchObject({ type: 'MODIFIED', object: { data: { x: '1' } } });
    expectJson(await cluster.admin.delete(`${path}/a`));
    expect(await next()).toMatchObject({ type: 'DELETED', object: { metadata: { name: 'a' } } });
    response.destroy();
  });

  clusterTest('from a place no longer kept is told so', {}, async (cluster) => {
    await forgetThePast(cluster);
    const response = await cluster.admin.open('GET', '/api/v1/configmaps?watch=true&resourceVersion=1', {
      headers: ASKED,
    });
    for await (const { type, object } of protobufEvents(response)) {
      expect(type).toBe('ERROR');
      expect(object).toMatchObject({ kind: 'Status', apiVersion: 'v1', code: 410, reason: 'Expired' });
      return;
    }
    throw new Error('the watch ended without an ERROR');
  });
});

describe('large answers', () => {
  for (const [form, headers] of [
    ['JSON', { accept: 'application/json' }],
    ['protobuf', ASKED],
  ] as const)
    hub.test(`in ${form} are compressed for who takes gzip, small ones never`, async (cluster) => {
      const path = mapsIn(await cluster.namespace());
      expectJson(await cluster.admin.post(path, configMap('a', { x: 'y'.repeat(200_000) })), 201);
      expectJson(await cluster.admin.post(path, configMap('small')), 201);
      const plain = await cluster.admin.get(path, headers);
      expect(plain.headers['content-encoding']).toBeUndefined();
      const squeezed = await cluster.admin.get(path, { ...headers, 'accept-encoding': 'gzip' });
      expect(squeezed.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
      expect(squeezed.bytes.length).toBeLessThan(20_000);
      expect(gunzipSync(squeezed.bytes).equals(plain.bytes)).toBe(true);
      const small = await cluster.admin.get(`${path}/small`, { ...headers, 'accept-encoding': 'gzip' });
      expect(small.headers['content-encoding']).toBeUndefined();
    });
});

describe('JSON for people', () => {
  hub.test('is indented where asked for', async (cluster) => {
    const namespace = '/api/v1/namespaces/default';
    const pretty = await cluster.admin.get(`${namespace}?pretty=true`);
    expect(pretty.text).toStartWith('{\n  "kind": "Namespace",\n  "apiVersion": "v1",\n');
    expect(pretty.json).toEqual((await cluster.admin.get(namespace)).json);
    expect((await cluster.admin.get(namespace, { 'user-agent': 'curl/8' })).text).toBe(pretty.text);
    expect((await cluster.admin.get(namespace, { accept: 'application/json;pretty=1' })).text).toBe(
      pretty.text,
    );
  });
});
