import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { clientWith } from '../../cluster/client-with.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure } from '../../cluster/expectations.ts';
import { ProxyBackend } from '../../cluster/proxy-backend.ts';
import { CORE, makePod } from '../../cluster/proxy-objects.ts';
import { StandInKubelet } from '../../cluster/stand-in-kubelet.ts';
import { requestUpgrade, WEB_SOCKET_HEADERS } from '../../cluster/upgrade-request.ts';

const hub = shareCluster();
const ADDRESS = '127.0.1.83';
let plain: ProxyBackend;
let kubelet: StandInKubelet;
let proxy: string;

beforeAll(async () => {
  const { cluster } = hub;
  await cluster.admin.post(`${CORE}/serviceaccounts`, { metadata: { name: 'default' } });
  plain = await ProxyBackend.start(ADDRESS);
  await makePod(cluster, 'web', ADDRESS, { spec: { ports: [{ containerPort: plain.port }] } });
  kubelet = await StandInKubelet.start(cluster, 'stood-in', '127.0.1.72');
  proxy = `${CORE}/pods/web/proxy`;
});
afterAll(async () => {
  await plain?.[Symbol.asyncDispose]();
  await kubelet?.[Symbol.asyncDispose]();
});

describe('a node', () => {
  hub.test('without a port is its kubelet, whose certificate is verified', async ({ admin }) => {
    const node = '/api/v1/nodes/stood-in';
    expect((await admin.get(`${node}/proxy/pods`)).text).toBe('kubelet /pods');
    const { port } = kubelet;
    for (const name of [`stood-in:${port}`, `https:stood-in:${port}`, `http:stood-in:${port}`])
      expect((await admin.get(`/api/v1/nodes/${name}/proxy/pods`)).text).toBe('kubelet /pods');
    expect(kubelet.last.headers).toMatchObject({ host: `127.0.1.72:${port}` });
  });

  hub.test('with another port is what listens there', async (cluster) => {
    await using other = await ProxyBackend.start('127.0.1.72');
    const answer = await cluster.admin.get(`/api/v1/nodes/stood-in:${other.port}/proxy/metrics`);
    expect(answer.text).toBe('hello');
  });

  hub.test('is not reached into by those who may only read', async (cluster) => {
    const reader = await clientWith(cluster, ['get'], 'nodes/proxy');
    const maker = await clientWith(cluster, ['get', 'create'], 'nodes/proxy');
    const node = '/api/v1/nodes/stood-in/proxy';
    expect((await reader.get(`${node}/pods`)).status).toBe(200);
    const before = kubelet.seen.length;
    const paths = [
      'exec/a/b/c',
      'run/a/b/c',
      'attach/a/b/c',
      'portForward/a/b',
      'EXEC/a',
      'x%2F..%2Fexec/a',
      '%65xec/a',
    ];
    for (const path of paths) {
      const answer = await reader.get(`${node}/${path}?command=id`);
      expect(expectFailure(answer, 403, 'Forbidden').message).toContain(
        'cannot create resource "nodes/proxy"',
      );
    }
    const upgraded = await requestUpgrade(reader, 'GET', `${node}/anything`, WEB_SOCKET_HEADERS);
    expect(upgraded.status).toBe(403);
    expect(kubelet.seen.length).toBe(before);
    const allowed = await requestUpgrade(maker, 'GET', `${node}/exec/a/b/c?command=id`, WEB_SOCKET_HEADERS);
    expect(allowed.status).toBe(101);
    allowed.socket!.destroy();
  });
});

describe('who may', () => {
  const methods = {
    GET: 'get',
    HEAD: 'get',
    POST: 'create',
    PUT: 'update',
    PATCH: 'patch',
    DELETE: 'delete',
  };
  for (const [method, verb] of Object.entries(methods))
    hub.test(`${method} asks for ${verb} pods/proxy`, async (cluster) => {
      const others = [...new Set(Object.values(methods))].filter((each) => each !== verb);
      const without = await clientWith(cluster, others, 'pods/proxy');
      const having = await clientWith(cluster, [verb], 'pods/proxy');
      expect((await without.request(method, `${proxy}/`)).status).toBe(403);
      expect((await having.request(method, `${proxy}/`)).status).toBe(200);
    });
});
