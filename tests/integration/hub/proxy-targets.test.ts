import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { expectFailure } from '../../cluster/expectations.ts';
import { authorityOf, foreignAuthority, issue } from '../../cluster/identities.ts';
import { ProxyBackend } from '../../cluster/proxy-backend.ts';
import { CORE, makePod, makeService, makeSlice, podRef } from '../../cluster/proxy-objects.ts';
import type { Json } from '../../cluster/wire-client.ts';

const hub = shareCluster();
const ADDRESS = '127.0.1.82';
let plain: ProxyBackend;

beforeAll(async () => {
  const { cluster } = hub;
  await cluster.admin.post(`${CORE}/serviceaccounts`, { metadata: { name: 'default' } });
  plain = await ProxyBackend.start(ADDRESS);
  await makePod(cluster, 'web', ADDRESS, { spec: { ports: [{ containerPort: plain.port }] } });
});
afterAll(async () => {
  await plain?.[Symbol.asyncDispose]();
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
        { addresses: ['127.0.1.84'], targetRef: podRef('web') },
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
