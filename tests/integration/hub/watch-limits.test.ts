import { describe, expect } from 'bun:test';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import http2 from 'node:http2';
import tls from 'node:tls';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { configMap } from '../../cluster/objects.ts';
import { WatchStream } from '../../cluster/watch-stream.ts';

const hub = shareCluster();
const mapsIn = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
const WATCH_LIST =
  'watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=';

/** More than the hub lets pile up for one watcher. */
const COUNT = 12;
const LARGE = 'x'.repeat(900 * 1024);
const wanted = Array.from({ length: COUNT }, (_, index) => `ADDED map-${String(index).padStart(2, '0')}`);

async function largeMaps(cluster: Cluster): Promise<string> {
  const path = mapsIn(await cluster.namespace());
  for (const event of wanted)
    expectJson(await cluster.admin.post(path, configMap(event.slice('ADDED '.length), { LARGE })), 201);
  return path;
}

describe('a watch that begins with more than may pile up', () => {
  hub.test('tells all of it over HTTP/1.1, and then what is new', async (cluster) => {
    const path = await largeMaps(cluster);
    using watch = await cluster.admin.watch(path);
    expectJson(await cluster.admin.post(path, configMap('new')), 201);
    expect(await watch.nextNames(COUNT + 1)).toEqual([...wanted, 'ADDED new']);
  });

  hub.test('reaches the bookmark that ends the initial events over HTTP/2', async (cluster) => {
    const path = await largeMaps(cluster);
    const { ca, cert, key } = cluster.admin.identity;
    const session = http2.connect(cluster.server, { ca, cert, key });
    const stream = session.request({ ':path': `${path}?${WATCH_LIST}` });
    using watch = new WatchStream(stream as unknown as IncomingMessage);
    expect(await watch.nextNames(COUNT + 1)).toEqual([...wanted, 'BOOKMARK']);
    stream.close();
    await once(stream, 'close');
    session.close();
  });

  hub.test('tells all that was missed', async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    const { resourceVersion } = expectJson(await cluster.admin.get(path)).metadata;
    for (const event of wanted)
      expectJson(await cluster.admin.post(path, configMap(event.slice('ADDED '.length), { LARGE })), 201);
    using watch = await cluster.admin.watch(`${path}?resourceVersion=${resourceVersion}`);
    expect(await watch.nextNames(COUNT)).toEqual(wanted);
  });
});

describe('a watch', () => {
  hub.test('that is to last a year does not end at once', async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    using watch = await cluster.admin.watch(`${path}?timeoutSeconds=31536000`);
    for (const name of ['a', 'b']) {
      expectJson(await cluster.admin.post(path, configMap(name)), 201);
      expect(await watch.nextNames(1)).toEqual([`ADDED ${name}`]);
    }
  });

  hub.test('that is False is a list', async (cluster) => {
    const { kind } = expectJson(await cluster.admin.get('/api/v1/configmaps?watch=False'));
    expect(kind).toBe('ConfigMapList');
  });

  hub.test('asked for with HEAD is refused, and the connection stays in step', async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    expectJson(await cluster.admin.post(path, configMap('a')), 201);
    const { ca, cert, key } = cluster.admin.identity;
    const socket = tls.connect({ host: '127.0.0.1', port: cluster.ports.hub, ca, cert, key });
    const ask = (method: string, target: string) =>
      socket.write(`${method} ${target} HTTP/1.1\r\nHost: hub\r\n\r\n`);
    await once(socket, 'secureConnect');
    ask('HEAD', `${path}?watch=1`);
    const [refusal] = await once(socket, 'data');
    expect(String(refusal)).toStartWith('HTTP/1.1 405 ');
    expect(String(refusal)).toEndWith('\r\n\r\n');
    ask('GET', '/readyz');
    const [answer] = await once(socket, 'data');
    expect(String(answer)).toStartWith('HTTP/1.1 200 ');
    socket.destroy();
  });

  hub.test('over HTTP/1.0 comes without the framing of chunks', async (cluster) => {
    const path = mapsIn(await cluster.namespace());
    expectJson(await cluster.admin.post(path, configMap('a')), 201);
    const { ca, cert, key } = cluster.admin.identity;
    const socket = tls.connect({ host: '127.0.0.1', port: cluster.ports.hub, ca, cert, key });
    await once(socket, 'secureConnect');
    socket.write(`GET ${path}?watch=1&timeoutSeconds=1 HTTP/1.0\r\n\r\n`);
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(head).not.toContain('chunked');
    expect(JSON.parse(body)).toMatchObject({ type: 'ADDED', object: { metadata: { name: 'a' } } });
  });

  hub.test('asked for with a method of its name is refused', async (cluster) => {
    const { ca, cert, key } = cluster.admin.identity;
    const session = http2.connect(cluster.server, { ca, cert, key });
    for (const method of ['WATCH', 'constructor', '__proto__']) {
      const stream = session.request({ ':method': method, ':path': '/api/v1/configmaps?timeoutSeconds=1' });
      const [headers] = await once(stream, 'response');
      expect([404, 405]).toContain(headers[':status']);
      stream.close();
    }
    session.destroy();
    expectFailure(await cluster.wire().get('/api/v1/configmaps?watch=true'), 403, 'Forbidden');
  });
});
