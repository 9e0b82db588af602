import { afterAll, beforeAll, beforeEach, describe, expect } from 'bun:test';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http2 from 'node:http2';
import https from 'node:https';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { authorityOf, foreignAuthority, issue } from '../../cluster/identities.ts';
import { ProxyBackend } from '../../cluster/proxy-backend.ts';
import { StandInKubelet } from '../../cluster/stand-in-kubelet.ts';
import { requestUpgrade, WEB_SOCKET_HEADERS } from '../../cluster/upgrade-request.ts';
import type { Json, WireClient } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const ADDRESS = '127.0.1.81';
const CORE = '/api/v1/namespaces/default';
let plain: ProxyBackend;
let kubelet: StandInKubelet;
let proxy: string;

async function makePod(cluster: Cluster, name: string, ip: string, pod: Json = {}): Promise<void> {
  const { spec = {}, metadata = {} } = pod;
  expectJson(
    await cluster.admin.post(`${CORE}/pods`, {
      metadata: { name, ...metadata },
      spec: { containers: [{ name: 'main', image: 'host', ...spec }] },
    }),
    201,
  );
  const status = { podIP: ip, podIPs: [{ ip }] };
  expectJson(await cluster.admin.patch(`${CORE}/pods/${name}/status`, 'merge', { status }));
}

async function makeService(cluster: Cluster, name: string, spec: Json, metadata: Json = {}): Promise<void> {
  expectJson(await cluster.admin.post(`${CORE}/services`, { metadata: { name, ...metadata }, spec }), 201);
}

async function makeSlice(cluster: Cluster, service: string, slice: Json): Promise<void> {
  const answer = await cluster.admin.post('/apis/discovery.k8s.io/v1/namespaces/default/endpointslices', {
    metadata: { generateName: `${service}-`, labels: { 'kubernetes.io/service-name': service } },
    addressType: 'IPv4',
    ...slice,
  });
  expectJson(answer, 201);
}

const podRef = (name: string) => ({ kind: 'Pod', namespace: 'default', name });

beforeAll(async () => {
  const { cluster } = hub;
  await cluster.admin.post(`${CORE}/serviceaccounts`, { metadata: { name: 'default' } });
  plain = await ProxyBackend.start(ADDRESS);
  await makePod(cluster, 'web', ADDRESS, { spec: { ports: [{ containerPort: plain.port }] } });
  kubelet = await StandInKubelet.start(cluster, 'stood-in', '127.0.1.72');
  proxy = `${CORE}/pods/web/proxy`;
});
beforeEach(() => {
  plain.handle = (_request, response) => void response.end('hello');
});
afterAll(async () => {
  await plain?.[Symbol.asyncDispose]();
  await kubelet?.[Symbol.asyncDispose]();
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

describe('a Service', () => {
  beforeAll(async () => {
    const { cluster } = hub;
    const ports = [
      { name: 'web', port: 80 },
      { name: 'other', port: 81 },
    ];
    await makeService(cluster, 'named', { ports });
    await makeSlice(cluster, 'named', {
      ports: [{ name: 'web', port: plain.port }],
      endpoints: [{ addresses: [ADDRESS], conditions: { ready: true }, targetRef: podRef('web') }],
    });
    await makeService(cluster, 'unnamed', { ports: [{ port: 80 }] });
    await makeSlice(cluster, 'unnamed', {
      ports: [{ port: plain.port }],
      endpoints: [{ addresses: [ADDRESS], targetRef: podRef('web') }],
    });
    await makeService(cluster, 'unready', { ports: [{ port: 80 }] });
    await makeSlice(cluster, 'unready', {
      ports: [{ port: plain.port }],
      endpoints: [{ addresses: [ADDRESS], conditions: { ready: false }, targetRef: podRef('web') }],
    });
    await makeService(cluster, 'astray', { ports: [{ port: 80 }] });
    await makeSlice(cluster, 'astray', {
      ports: [{ port: plain.port }],
      endpoints: [
        { addresses: ['127.0.1.82'], targetRef: podRef('web') },
        { addresses: [ADDRESS] },
        { addresses: [ADDRESS], targetRef: { ...podRef('web'), namespace: 'kube-system' } },
      ],
    });
  });

  for (const name of ['named:web', 'named:80', 'http:named:web', 'unnamed', 'unnamed:80', 'http:unnamed:'])
    hub.test(`${name} leads to its pod`, async ({ admin }) => {
      const answer = await admin.get(`${CORE}/services/${name}/proxy/`);
      expect([answer.status, answer.text]).toEqual([200, 'hello']);
    });

  const refused: { name: string; code: number; reason: string; message: string }[] = [
    { name: 'none', code: 404, reason: 'NotFound', message: 'services "none" not found' },
    {
      name: 'named:82',
      code: 503,
      reason: 'ServiceUnavailable',
      message: 'no service port 82 found for service "named"',
    },
    ...['named', 'named:other', 'named:x'].map((name) => ({
      name,
      code: 503,
      reason: 'ServiceUnavailable',
      message: 'no endpoints available for service "named"',
    })),
    {
      name: 'unready',
      code: 503,
      reason: 'ServiceUnavailable',
      message: 'no endpoints available for service "unready"',
    },
    {
      name: 'astray',
      code: 503,
      reason: 'ServiceUnavailable',
      message: 'no endpoints available for service "astray"',
    },
    {
      name: 'ftp:named:web',
      code: 400,
      reason: 'BadRequest',
      message: 'invalid service request "ftp:named:web"',
    },
  ];
  for (const { name, code, reason, message } of refused)
    hub.test(`${name} is a ${code}`, async ({ admin }) => {
      const status = expectFailure(await admin.get(`${CORE}/services/${name}/proxy/`), code, reason);
      expect(status.message).toBe(message);
    });
});

describe('targets that are not allowed', () => {
  const addresses = [
    '169.254.169.254',
    '0.0.0.0',
    '224.0.0.1',
    'fe80::1',
    'ff02::1',
    '::',
    '64:ff9b::a9fe:a9fe',
  ];
  for (const [index, address] of addresses.entries())
    hub.test(`${address} is refused`, async (cluster) => {
      await makePod(cluster, `at-${index}`, address);
      const answer = await cluster.admin.get(`${CORE}/pods/at-${index}:80/proxy/`);
      expect(expectFailure(answer, 400, 'BadRequest').message).toBe('address not allowed');
    });

  hub.test('a node that names itself so is refused', async (cluster) => {
    await cluster.admin.post('/api/v1/nodes', { metadata: { name: 'liar' } });
    const status = { addresses: [{ type: 'InternalIP', address: '169.254.169.254' }] };
    await cluster.admin.patch('/api/v1/nodes/liar/status', 'merge', { status });
    const other = await cluster.admin.get('/api/v1/nodes/liar:80/proxy/');
    expect(expectFailure(other, 400, 'BadRequest').message).toBe('address not allowed');
    const own = await cluster.admin.get('/api/v1/nodes/liar/proxy/');
    expect(expectFailure(own, 500, 'InternalError').message).toContain('is not allowed');
  });

  hub.test('plain HTTP goes over no open link', async (cluster) => {
    await makePod(cluster, 'far', '10.255.255.1');
    const answer = await cluster.admin.get(`${CORE}/pods/far:80/proxy/`);
    expect(expectFailure(answer, 403, 'Forbidden').message).toContain('plain HTTP would go to 10.255.255.1');
  });
});

describe('https:', () => {
  const cases: {
    name: string;
    address: string;
    sans: string;
    ca?: 'foreign';
    annotations?: Json;
    reached: boolean;
  }[] = [
    { name: 'right', address: '127.0.1.91', sans: '127.0.1.91', reached: true },
    { name: 'of-another-address', address: '127.0.1.92', sans: '127.0.1.91', reached: false },
    { name: 'of-another-ca', address: '127.0.1.93', sans: '127.0.1.93', ca: 'foreign', reached: false },
    {
      name: 'unverified-by-wish',
      address: '127.0.1.94',
      sans: '127.0.1.94',
      ca: 'foreign',
      annotations: { 'hawser.dev/proxy-tls': 'insecure' },
      reached: true,
    },
  ];
  for (const { name, address, sans, ca, annotations, reached } of cases)
    hub.test(`a pod whose certificate is ${name} is ${reached ? '' : 'not '}reached`, async (cluster) => {
      const authority = ca === undefined ? authorityOf(cluster.layout.pki.ca) : foreignAuthority();
      const material = issue(authority, { commonName: 'web', sans: { ipAddresses: [sans] } });
      await using backend = await ProxyBackend.start(address, material);
      await makePod(cluster, name, address, annotations === undefined ? {} : { metadata: { annotations } });
      const answer = await cluster.admin.get(`${CORE}/pods/https:${name}:${backend.port}/proxy/`);
      if (reached) return expect([answer.status, answer.text]).toEqual([200, 'hello']);
      expect(backend.seen).toEqual([]);
      const { message } = expectFailure(answer, 503, 'ServiceUnavailable');
      expect(message).toContain(`tls: failed to verify ${address}`);
    });

  hub.test('a Service is verified by its name', async (cluster) => {
    const authority = authorityOf(cluster.layout.pki.ca);
    const material = issue(authority, { commonName: 'web', sans: { dnsNames: ['secure.default.svc'] } });
    await using backend = await ProxyBackend.start('127.0.1.95', material);
    await makePod(cluster, 'secure', '127.0.1.95');
    for (const name of ['secure', 'unlike']) {
      await makeService(cluster, name, { ports: [{ port: 443 }] });
      const endpoints = [{ addresses: ['127.0.1.95'], targetRef: podRef('secure') }];
      await makeSlice(cluster, name, { ports: [{ port: backend.port }], endpoints });
    }
    expect((await cluster.admin.get(`${CORE}/services/https:secure:443/proxy/`)).text).toBe('hello');
    const unlike = await cluster.admin.get(`${CORE}/services/https:unlike:443/proxy/`);
    expect(expectFailure(unlike, 503, 'ServiceUnavailable').message).toContain('unlike.default.svc');
  });
});

let users = 0;

/** Someone with these verbs of a proxy and nothing else. */
async function clientWith(cluster: Cluster, verbs: readonly string[], resource: string): Promise<WireClient> {
  users += 1;
  const name = `proxy-user-${users}`;
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const rules = [{ apiGroups: [''], resources: [resource], verbs }];
  await cluster.admin.post(`${rbac}/clusterroles`, { metadata: { name }, rules });
  await cluster.admin.post(`${rbac}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name }],
  });
  return cluster.wire(issue(authorityOf(cluster.layout.pki.ca), { commonName: name }));
}

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
