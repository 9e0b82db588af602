import { afterAll, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configMaps } from '@hawser/api';
import { FakeClock } from '@hawser/runtime';
import { staticCredentials } from './credentials.ts';
import { KubeClient } from './kube-client.ts';
import { buildKubeconfig, type Material, writeKubeconfig } from './kubeconfig.ts';
import { ConnectionError, isConflict, isNotFound, StatusError } from './status-error.ts';
import { answer, eventually, refusal, TestAuthority, type TestHandler, TestServer } from './testing.ts';

const directory = mkdtempSync(join(tmpdir(), 'kube-client-'));
afterAll(() => rmSync(directory, { recursive: true }));

const echo: TestHandler = (request, response) =>
  answer(response, 200, {
    metadata: { name: 'seen' },
    data: { method: request.method, url: request.url, body: request.body },
  });

test('speaks each verb as the API server takes it', async () => {
  await using server = await TestServer.start(echo);
  await using client = server.client();
  const where = { namespace: 'web' };
  await client.get(configMaps, 'a', where);
  await client.list(configMaps, { labelSelector: 'a=b', limit: 5 });
  await client.create(configMaps, { metadata: { name: 'a', namespace: 'web' }, data: { k: 'v' } });
  await client.create(configMaps, { kind: 'Token' }, { ...where, subresource: { name: 'token', of: 'a' } });
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'web' } };
  await client.update(configMaps, object, { subresource: 'status' });
  await client.patch(configMaps, 'a', { data: null }, { ...where, type: 'merge' });
  await client.delete(configMaps, 'a', { ...where, uid: 'u', propagationPolicy: 'Background' });
  const base = '/api/v1/namespaces/web/configmaps';
  expect(server.requests.map((r) => `${r.method} ${r.url}`)).toEqual([
    `GET ${base}/a`,
    'GET /api/v1/configmaps?labelSelector=a%3Db&limit=5',
    `POST ${base}`,
    `POST ${base}/a/token`,
    `PUT ${base}/a/status`,
    `PATCH ${base}/a`,
    `DELETE ${base}/a`,
  ]);
  expect(JSON.parse(server.requests[2]!.body)).toMatchObject({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    data: { k: 'v' },
  });
  expect(JSON.parse(server.requests[3]!.body)).toEqual({ kind: 'Token' });
  expect(server.requests[5]!.headers['content-type']).toBe('application/merge-patch+json');
  expect(JSON.parse(server.requests[6]!.body)).toMatchObject({
    propagationPolicy: 'Background',
    preconditions: { uid: 'u' },
  });
  expect(new Set(server.requests.map((r) => r.connection)).size).toBe(1);
  expect(server.requests[0]!.commonName).toBe('test-client');
});

test('an item of a list carries its kind', async () => {
  const list = { metadata: { resourceVersion: '7' }, items: [{ metadata: { name: 'a' } }] };
  await using server = await TestServer.start((_, response) => answer(response, 200, list));
  await using client = server.client();
  const { items, resourceVersion } = await client.list(configMaps);
  expect(resourceVersion).toBe('7');
  expect(items[0]).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } });
});

test('a refusal is a StatusError, also when it carries no Status', async () => {
  await using server = await TestServer.start((request, response) => {
    if (request.url.endsWith('/a')) return answer(response, 409, refusal(409, 'Conflict'));
    response.writeHead(404).end('<html>');
  });
  await using client = server.client();
  const conflict = await client.get(configMaps, 'a', { namespace: 'x' }).catch((error) => error);
  expect(isConflict(conflict)).toBe(true);
  const missing = await client.get(configMaps, 'b', { namespace: 'x' }).catch((error) => error);
  expect(isNotFound(missing)).toBe(true);
  expect(missing.code).toBe(404);
});

test('refuses a server whose certificate another authority signed', async () => {
  await using server = await TestServer.start(echo);
  const other = new TestAuthority('other');
  const credentials = staticCredentials({ ca: other.certificate });
  await using client = new KubeClient({ server: server.url, credentials }, { userAgent: 'test' });
  const error = await client.get(configMaps, 'a', { namespace: 'x' }).catch((e) => e);
  expect(error).toBeInstanceOf(ConnectionError);
  expect(server.requests).toEqual([]);
});

test('refuses a server whose certificate is for another name', async () => {
  await using server = await TestServer.start(echo);
  const credentials = staticCredentials({ ca: server.authority.certificate });
  const target = { server: server.url, credentials, tlsServerName: 'elsewhere.example' };
  await using client = new KubeClient(target, { userAgent: 'test' });
  expect(await client.get(configMaps, 'a', { namespace: 'x' }).catch((e) => e)).toBeInstanceOf(
    ConnectionError,
  );
});

test('takes up rotated certificate files for new connections', async () => {
  await using server = await TestServer.start(echo);
  const pem = join(directory, 'current.pem');
  const write = (name: string) => {
    const { cert, key } = server.authority.issue(name);
    writeFileSync(pem, cert + key);
  };
  write('before');
  const file: Material = { file: pem };
  const parts = {
    certificateAuthority: { data: server.authority.certificate },
    clientCertificate: file,
    clientKey: file,
  };
  const kubeconfig = buildKubeconfig({ server: server.url, userName: 'node', ...parts });
  const clock = new FakeClock();
  await using client = KubeClient.fromKubeconfig(kubeconfig, { userAgent: 'test', clock });
  const ask = () => client.get(configMaps, 'a', { namespace: 'x' });
  await ask();
  write('after');
  await ask();
  clock.advance(1_000);
  await ask();
  writeFileSync(pem, 'half written');
  client.reload();
  await ask();
  expect(server.requests.map((r) => r.commonName)).toEqual(['before', 'before', 'after', 'after']);
});

test('a watch goes on as it began when the certificate is renewed', async () => {
  const watches: ServerResponse[] = [];
  await using server = await TestServer.start((request, response) => {
    if (!request.url.includes('watch=')) return echo(request, response);
    response.writeHead(200).flushHeaders();
    watches.push(response);
  });
  const pem = join(directory, 'watching.pem');
  const write = (name: string) => {
    const { cert, key } = server.authority.issue(name);
    writeFileSync(pem, cert + key);
  };
  write('before');
  const parts = {
    certificateAuthority: { data: server.authority.certificate },
    clientCertificate: { file: pem },
    clientKey: { file: pem },
  };
  const kubeconfig = buildKubeconfig({ server: server.url, userName: 'node', ...parts });
  await using client = KubeClient.fromKubeconfig(kubeconfig, { userAgent: 'test' });
  const stop = new AbortController();
  const events = client.watch(configMaps, { namespace: 'x', resourceVersion: '1' }, stop.signal);
  const first = events[Symbol.asyncIterator]().next();
  await eventually(() => watches.length === 1);
  write('after');
  client.reload();
  await client.get(configMaps, 'a', { namespace: 'x' });
  expect(server.requests.at(-1)!.commonName).toBe('after');
  const object = { metadata: { name: 'seen', namespace: 'x', resourceVersion: '2' } };
  watches[0]!.write(`${JSON.stringify({ type: 'ADDED', object })}\n`);
  expect((await first).value).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'seen' } } });
  expect(watches).toHaveLength(1);
  stop.abort();
});

test('goes on with what its kubeconfig has come to say, and with what it said while that is of no use', async () => {
  await using server = await TestServer.start(echo);
  const path = join(directory, 'renewed.kubeconfig');
  const write = (name: string, ca = server.authority.certificate) => {
    const { cert, key } = server.authority.issue(name);
    const parts = {
      certificateAuthority: { data: ca },
      clientCertificate: { data: cert },
      clientKey: { data: key },
    };
    writeKubeconfig(path, buildKubeconfig({ server: server.url, userName: name, ...parts }));
  };
  write('before');
  await using client = KubeClient.fromKubeconfig(path, { userAgent: 'test' });
  const ask = async () => {
    client.reload();
    await client.get(configMaps, 'a', { namespace: 'x' });
    return server.requests.at(-1)!.commonName;
  };
  expect(await ask()).toBe('before');
  write('after');
  expect(await ask()).toBe('after');
  for (const text of ['kind: Config', '{', '']) {
    writeFileSync(path, text);
    expect(await ask()).toBe('after');
  }
  write('other', new TestAuthority().certificate);
  await expect(ask()).rejects.toThrow();
  write('last');
  expect(await ask()).toBe('last');
});

test('comes from the address it is bound to', async () => {
  await using server = await TestServer.start(echo);
  await using client = server.client({ localAddress: '127.0.1.9' });
  await client.get(configMaps, 'a', { namespace: 'x' });
  expect(server.requests[0]!.remoteAddress).toBe('127.0.1.9');
});

test('waits as 429 asks, and sends again', async () => {
  let asked = 0;
  await using server = await TestServer.start((_, response) => {
    asked += 1;
    if (asked === 1) answer(response, 429, refusal(429, 'TooManyRequests'), { 'retry-after': '1' });
    else answer(response, 201, { metadata: { name: 'a' } });
  });
  const clock = new FakeClock();
  await using client = server.client({ clock });
  const creating = client.create(configMaps, { metadata: { name: 'a', namespace: 'x' } });
  await eventually(() => asked === 1);
  const ticking = setInterval(() => clock.advance(1_000), 5);
  expect((await creating).metadata.name).toBe('a');
  clearInterval(ticking);
});

test('repeats a GET whose connection broke, never a POST', async () => {
  let asked = 0;
  await using server = await TestServer.start((request, response) => {
    asked += 1;
    if (request.method === 'POST' || asked === 1) response.destroy();
    else echo(request, response);
  });
  await using client = server.client();
  expect((await client.get(configMaps, 'a', { namespace: 'x' })).metadata.name).toBe('seen');
  const creating = client.create(configMaps, { metadata: { name: 'a', namespace: 'x' } });
  expect(await creating.catch((error) => error)).toBeInstanceOf(ConnectionError);
  expect(asked).toBe(3);
});

test('gives up on a server that does not answer, and at once when told to', async () => {
  await using server = await TestServer.start(() => {});
  const clock = new FakeClock();
  await using client = server.client({ clock, requestTimeoutMs: 1_000 });
  const waiting = client.get(configMaps, 'a', { namespace: 'x' }).catch((error) => error);
  await eventually(() => server.requests.length === 1);
  clock.advance(1_000);
  expect((await waiting).name).toBe('RequestTimeoutError');
  const controller = new AbortController();
  const aborted = client
    .get(configMaps, 'a', { namespace: 'x', signal: controller.signal })
    .catch((error) => error);
  await eventually(() => server.requests.length === 2);
  controller.abort(new Error('enough'));
  expect((await aborted).message).toBe('enough');
});

test('a token is asked for before each request, and again after 401', async () => {
  let reloads = 0;
  await using server = await TestServer.start((request, response) => {
    if (request.headers.authorization === 'Bearer token-0')
      answer(response, 401, refusal(401, 'Unauthorized'));
    else echo(request, response);
  });
  const credentials = {
    tls: (() => {
      const identity = { ca: server.authority.certificate };
      return () => identity;
    })(),
    token: async () => `token-${reloads}`,
    reload: () => {
      reloads += 1;
    },
  };
  await using client = new KubeClient({ server: server.url, credentials }, { userAgent: 'test' });
  const ask = () => client.get(configMaps, 'a', { namespace: 'x' });
  expect(await ask().catch((error) => error)).toBeInstanceOf(StatusError);
  expect((await ask()).metadata.name).toBe('seen');
});
