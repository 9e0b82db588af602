import { afterAll, beforeAll, beforeEach, describe, expect } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http2 from 'node:http2';
import https from 'node:https';
import { gunzipSync, gzipSync } from 'node:zlib';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure } from '../../cluster/expectations.ts';
import { ProxyBackend } from '../../cluster/proxy-backend.ts';
import { CORE, makePod } from '../../cluster/proxy-objects.ts';
import { requestUpgrade, WEB_SOCKET_HEADERS } from '../../cluster/upgrade-request.ts';

const hub = shareCluster();
const ADDRESS = '127.0.1.81';
let plain: ProxyBackend;
let proxy: string;

beforeAll(async () => {
  const { cluster } = hub;
  await cluster.admin.post(`${CORE}/serviceaccounts`, { metadata: { name: 'default' } });
  plain = await ProxyBackend.start(ADDRESS);
  await makePod(cluster, 'web', ADDRESS, { spec: { ports: [{ containerPort: plain.port }] } });
  proxy = `${CORE}/pods/web/proxy`;
});
beforeEach(() => {
  plain.handle = (_request, response) => void response.end('hello');
});
afterAll(async () => {
  await plain?.[Symbol.asyncDispose]();
});

describe('a request', () => {
  for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
    hub.test(`by ${method} goes on with its path, query and body`, async ({ admin }) => {
      plain.handle = async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        response.end(`${request.method} ${request.url} ${Buffer.concat(chunks)}`);
      };
      const answer = await admin.request(method, `${proxy}/a%20b/c?d=e&f`, { body: 'text' });
      expect([answer.status, answer.text]).toEqual([200, `${method} /a%20b/c?d=e&f text`]);
    });

  const paths: { asked: string; seen: string }[] = [
    { asked: '/', seen: '/' },
    { asked: '/a/', seen: '/a/' },
    { asked: '//a//b', seen: '/a/b' },
    { asked: '/a%2Fb?watch=true', seen: '/a%2Fb?watch=true' },
  ];
  for (const { asked, seen } of paths)
    hub.test(`to ${asked} asks for ${seen}`, async ({ admin }) => {
      expect((await admin.get(`${proxy}${asked}`)).status).toBe(200);
      expect(plain.last.url).toBe(seen);
      expect(plain.last.headers['x-forwarded-uri']).toBe(`${proxy}${seen.split('?')[0]}`);
    });

  hub.test('without a slash at its end is led to the root, when it reads', async ({ admin }) => {
    const answer = await admin.get(`${proxy}?a=b`);
    expect([answer.status, answer.headers.location]).toEqual([301, `${proxy}/?a=b`]);
    expect((await admin.post(proxy, 'x')).text).toBe('hello');
  });

  hub.test('says where it comes from, and nothing of who the caller is to the hub', async (cluster) => {
    const admin = cluster.admin;
    await admin.get(`${proxy}/`, {
      authorization: '',
      cookie: 'session=secret',
      'impersonate-user': 'kubernetes-admin',
      'impersonate-group': 'system:masters',
      'x-remote-user': 'me',
      'client-cert': ':abc:',
      'x-forwarded-host': 'evil',
      'x-forwarded-for': '192.0.2.7',
      'proxy-authorization': 'Basic eDp5',
      te: 'trailers',
      connection: 'x-hop',
      'x-hop': '1',
      'x-kept': 'kept',
    });
    const { headers } = plain.last;
    const host = cluster.server.replace('https://', '');
    expect(headers).toMatchObject({
      host,
      'x-kept': 'kept',
      'x-forwarded-for': '192.0.2.7, 127.0.0.1',
      'x-forwarded-host': host,
      'x-forwarded-proto': 'https',
      connection: 'close',
    });
    const dropped = ['authorization', 'cookie', 'impersonate-user', 'impersonate-group', 'x-remote-user'];
    for (const name of [...dropped, 'client-cert', 'proxy-authorization', 'te', 'x-hop'])
      expect({ name, value: headers[name] }).toEqual({ name, value: undefined });
  });

  hub.test('over HTTP/2 goes on as well', async (cluster) => {
    const { ca, cert, key } = cluster.admin.identity;
    const session = http2.connect(cluster.server, { ca, cert: cert!, key: key! });
    const stream = session.request({ ':path': `${proxy}/h2`, ':method': 'POST' });
    stream.end('body');
    const [head] = await once(stream, 'response');
    let text = '';
    for await (const chunk of stream) text += chunk;
    session.close();
    expect([head[':status'], text]).toEqual([200, 'hello']);
    expect(plain.last.headers.host).toBe(cluster.server.replace('https://', ''));
  });

  hub.test('streams both ways at once', async (cluster) => {
    plain.handle = (request, response) => void request.pipe(response);
    const { ca, cert, key } = cluster.admin.identity;
    const request = https.request(`${cluster.server}${proxy}/echo`, {
      method: 'POST',
      ca,
      cert,
      key,
      agent: false,
    });
    request.write('one');
    const [response] = await once(request, 'response');
    expect(String((await once(response, 'data'))[0])).toBe('one');
    request.write('two');
    expect(String((await once(response, 'data'))[0])).toBe('two');
    request.end();
    await once(response, 'end');
  });

  hub.test('may have a large body, and a large answer', async ({ admin }) => {
    plain.handle = (request, response) => void request.pipe(response);
    const body = randomBytes(16 * 1024 * 1024);
    const answer = await admin.post(`${proxy}/echo`, body);
    expect(answer.bytes.equals(body)).toBe(true);
  });
});

describe('an answer', () => {
  hub.test('keeps code and headers, but those of the connection and of the hub', async ({ admin }) => {
    plain.handle = (_request, response) => {
      response.writeHead(418, {
        'X-Own': ['a', 'b'],
        'Keep-Alive': 'timeout=5',
        'Access-Control-Allow-Origin': '*',
        'Audit-Id': 'mine',
      });
      response.end('short and stout');
    };
    const { status, text, headers } = await admin.get(`${proxy}/`);
    expect([status, text, headers['x-own']]).toEqual([418, 'short and stout', 'a, b']);
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['audit-id']).not.toBe('mine');
  });

  const locations: { from: string; to: string }[] = [
    { from: '/login?a=b', to: '/login?a=b' },
    { from: 'next', to: '' },
    { from: 'https://example.com/x', to: '' },
    { from: '//example.com/x', to: '' },
  ];
  for (const { from, to } of locations)
    hub.test(`leads from ${from} ${to === '' ? 'as it says' : 'through the proxy'}`, async ({ admin }) => {
      plain.handle = (_request, response) => void response.writeHead(302, { Location: from }).end();
      const { headers } = await admin.get(`${proxy}/`);
      expect(headers.location).toBe(to === '' ? from : `${proxy}${to}`);
    });

  hub.test('that leads to its own address leads through the proxy', async ({ admin }) => {
    plain.handle = (_request, response) =>
      void response.writeHead(302, { Location: `http://${ADDRESS}:${plain.port}/x` }).end();
    expect((await admin.get(`${proxy}/`)).headers.location).toBe(`${proxy}/x`);
  });

  const page = '<a href="/x">x</a><a href="y">y</a><img src=\'/z\'><script>"<a href=/no>"</script>';
  const seen = () =>
    `<a href="${proxy}/x">x</a><a href="y">y</a><img src='${proxy}/z'><script>"<a href=/no>"</script>`;
  hub.test('that is a page has its links lead through the proxy', async ({ admin }) => {
    plain.handle = (_request, response) =>
      void response.writeHead(200, { 'Content-Type': 'text/html', 'Content-Length': page.length }).end(page);
    expect((await admin.get(`${proxy}/`)).text).toBe(seen());
    plain.handle = (_request, response) =>
      void response
        .writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Content-Encoding': 'gzip' })
        .end(gzipSync(page));
    expect(gunzipSync((await admin.get(`${proxy}/`)).bytes).toString()).toBe(seen());
    plain.handle = (_request, response) =>
      void response.writeHead(200, { 'Content-Type': 'text/plain' }).end(page);
    expect((await admin.get(`${proxy}/`)).text).toBe(page);
  });

  hub.test('to HEAD has the length and no body', async ({ admin }) => {
    plain.handle = (_request, response) => void response.writeHead(200, { 'Content-Length': 99 }).end();
    const answer = await admin.request('HEAD', `${proxy}/`);
    expect([answer.status, answer.headers['content-length'], answer.text]).toEqual([200, '99', '']);
  });

  hub.test('that breaks off does so for the client too', async ({ admin }) => {
    plain.handle = (_request, response) => {
      response.writeHead(200, { 'Content-Length': 99 });
      response.write('half');
      setTimeout(() => response.destroy(), 20);
    };
    expect(admin.get(`${proxy}/`)).rejects.toThrow();
    await admin.get(`${proxy}/`).catch(() => {});
  });

  hub.test('of a target that breaks off before is a 503', async ({ admin }) => {
    plain.handle = (request) => void request.socket.destroy();
    const { message } = expectFailure(await admin.get(`${proxy}/`), 503, 'ServiceUnavailable');
    expect(message).toStartWith('error trying to reach service: ');
  });
});

describe('an upgrade', () => {
  hub.test('goes through, and what follows as it is', async ({ admin }) => {
    const { status, socket } = await requestUpgrade(admin, 'GET', `${proxy}/ws?a=b`, WEB_SOCKET_HEADERS);
    expect(status).toBe(101);
    expect(plain.last.url).toBe('/ws?a=b');
    socket!.write('ping');
    expect(String((await once(socket!, 'data'))[0])).toBe('ping');
    socket!.destroy();
  });
});

describe('kubectl', () => {
  hub.test('get --raw reads through a proxy, and kubectl proxy leads to it', async (cluster) => {
    const raw = await cluster.kubectl('1.36', 'get', '--raw', `${proxy}/x`);
    expect(raw).toMatchObject({ stdout: 'hello', exitCode: 0 });
    await using local = cluster.startKubectl('1.36', 'proxy', '--port=0');
    const address = await new Promise<string>((resolve) => {
      const look = setInterval(() => {
        const found = /127\.0\.0\.1:\d+/.exec(local.stdout)?.[0];
        if (found === undefined) return;
        clearInterval(look);
        resolve(found);
      }, 20);
    });
    plain.handle = (_request, response) =>
      void response.writeHead(200, { 'Content-Type': 'text/html' }).end('<a href="/x">x</a>');
    const page = await fetch(`http://${address}${proxy}/`);
    expect(await page.text()).toBe(`<a href="${proxy}/x">x</a>`);
  });
});
