import { afterEach, beforeEach, expect, test } from 'bun:test';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CertificateSigningRequest } from '@hawser/api';
import { KubeClient, staticCredentials } from '@hawser/client';
import { answer, eventually, refusal, TestServer } from '@hawser/client/testing';
import { createRegistry, silentLogger } from '@hawser/observability';
import { parseCertificateRequest, signCertificate } from '@hawser/pki';
import { FakeClock } from '@hawser/runtime';
import { CertificateManager, type CertificateManagerOptions } from './certificate-manager.ts';
import { certificateMetrics } from './certificate-metrics.ts';
import { CertificateStore } from './certificate-store.ts';
import { servingCertificateTemplate } from './serving-certificate-template.ts';

const DAY_MS = 24 * 3_600_000;
let clock: FakeClock;
let directory: string;
let server: TestServer;
let asked: CertificateSigningRequest[];
let lifeDays: number;
let backdatedDays: number;
/** Whether the API server does nothing but fail. */
let away: boolean;
/** With what each request came. */
const users: (string | undefined)[] = [];

beforeEach(async () => {
  clock = new FakeClock('2026-01-02T03:04:05Z');
  lifeDays = 100;
  backdatedDays = 50;
  away = false;
  users.length = 0;
  directory = mkdtempSync(join(tmpdir(), 'manager-'));
  asked = [];
  server = await TestServer.start((request, response) => {
    users.push(request.headers.authorization);
    if (away) return answer(response, 403, refusal(403, 'Forbidden'));
    if (request.method === 'POST') asked.push(JSON.parse(request.body) as CertificateSigningRequest);
    const certificate = sign(asked.at(-1)!);
    const signed = { ...asked.at(-1), status: { certificate } };
    answer(response, 200, { kind: 'List', metadata: { resourceVersion: '1' }, items: [signed] });
  });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

function sign({ spec }: CertificateSigningRequest): string {
  const { publicKey, subject, dnsNames, ipAddresses } = parseCertificateRequest(
    Buffer.from(spec.request, 'base64').toString(),
  );
  const nowMs = clock.now().getTime();
  const pem = signCertificate({
    ca: server.authority.authority,
    publicKey,
    subject,
    sans: { dnsNames, ipAddresses },
    usages: spec.usages ?? [],
    notBefore: new Date(nowMs - backdatedDays * DAY_MS),
    notAfter: new Date(nowMs + lifeDays * DAY_MS),
  });
  return Buffer.from(pem).toString('base64');
}

function manage(nodeIp = '127.0.1.1', overrides: Partial<CertificateManagerOptions> = {}) {
  const stop = new AbortController();
  const registry = createRegistry();
  const expired: Date[] = [];
  const used: { serial: string; isNew: boolean }[] = [];
  const manager = new CertificateManager({
    client: server.client(),
    store: new CertificateStore(directory, 'kubelet-server', clock),
    template: servingCertificateTemplate('node-1', nodeIp),
    rotate: true,
    onCertificate: ({ certificate }, isNew) => used.push({ serial: certificate.serialNumber, isNew }),
    clock,
    logger: silentLogger,
    metrics: certificateMetrics(registry, 'server'),
    onExpired: () => void expired.push(clock.now()),
    ...overrides,
  });
  const ended = manager.run(stop.signal);
  const end = async () => {
    stop.abort();
    await ended;
  };
  const metric = async (name: string) => {
    const { values } = await registry.getSingleMetric(name)!.get();
    return values.map(({ value }) => value);
  };
  const renewNow = () => manager.renewNow();
  return { used, expired, metric, renewNow, end };
}

test('asks for a serving certificate with the node’s name and address, and uses it', async () => {
  const { used, end } = manage();
  await eventually(() => used.length === 1);
  const { spec } = asked[0]!;
  expect(spec).toMatchObject({
    signerName: 'kubernetes.io/kubelet-serving',
    usages: ['digital signature', 'server auth'],
  });
  const request = parseCertificateRequest(Buffer.from(spec.request, 'base64').toString());
  expect(request).toMatchObject({ dnsNames: ['node-1'], ipAddresses: ['127.0.1.1'] });
  await end();
});

/** Moves on by hours, and lets the manager have its turn after each. */
async function advance(days: number): Promise<void> {
  for (let hour = 0; hour < days * 24; hour += 1) {
    clock.advance(DAY_MS / 24);
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  }
}

/** As `advance`, with time enough for requests. */
async function advanceSlowly(days: number): Promise<void> {
  for (let hour = 0; hour < days * 24; hour += 1) {
    clock.advance(DAY_MS / 24);
    await Bun.sleep(3);
  }
}

test('goes on with the certificate that is there, until 70 to 90 percent of its life are over', async () => {
  const first = manage();
  await eventually(() => first.used.length === 1);
  await first.end();
  const { used, end } = manage();
  await eventually(() => used.length === 1);
  expect(used[0]).toEqual({ serial: first.used[0]!.serial, isNew: false });
  await advance(69);
  expect(asked.length).toBe(1);
  await advance(22);
  await eventually(() => used.length === 2);
  expect(used[1]).toMatchObject({ isNew: true });
  await end();
});

test('asks anew when the node has another address', async () => {
  const first = manage();
  await eventually(() => first.used.length === 1);
  await first.end();
  const { used, end } = manage('127.0.1.9');
  await eventually(() => used.length === 1);
  expect(used[0]?.isNew).toBe(true);
  expect(asked.length).toBe(2);
  await end();
});

test('a certificate that lives for seconds is asked for once in its life, however far it is backdated', async () => {
  [lifeDays, backdatedDays] = [10 / 86_400, 5];
  const { used, end } = manage();
  await eventually(() => used.length === 1);
  for (let second = 0; second < 30; second += 1) {
    clock.advance(1_000);
    for (let turn = 0; turn < 500; turn += 1) await new Promise(setImmediate);
  }
  expect(asked.length).toBeGreaterThanOrEqual(3);
  expect(asked.length).toBeLessThanOrEqual(5);
  await end();
});

test('what a signer issues past its time is not put in use, and not asked for over and over', async () => {
  lifeDays = -1;
  const { used, metric, end } = manage();
  await eventually(() => asked.length === 1);
  for (let turn = 0; turn < 500; turn += 1) await new Promise(setImmediate);
  expect(asked.length).toBe(1);
  expect(used).toEqual([]);
  expect(await metric('kubelet_server_expiration_renew_errors')).toEqual([1]);
  lifeDays = 100;
  clock.advance(1_000);
  await eventually(() => used.length === 1);
  // Not with the key of before: for that one there is a request that has been answered.
  expect(asked[1]!.metadata.name).not.toBe(asked[0]!.metadata.name);
  await end();
});

test('while the API server is away it tries again, less and less often, and uses what it has to its end', async () => {
  const { used, expired, metric, end } = manage();
  await eventually(() => used.length === 1);
  away = true;
  await advance(69);
  await advanceSlowly(30);
  expect(expired).toEqual([]);
  const tries = (await metric('kubelet_server_expiration_renew_errors'))[0]!;
  // From nine days at least to twenty-nine, one in an hour, as the clock goes here.
  expect(tries).toBeGreaterThan(100);
  expect(tries).toBeLessThan(30 * 24);
  await advanceSlowly(2);
  expect(expired).toHaveLength(1);
  away = false;
  await advanceSlowly(1);
  await eventually(() => used.length === 2);
  expect((await metric('kubelet_certificate_manager_server_rotation_seconds')).at(-1)).toBe(1);
  expect(expired).toHaveLength(1);
  await end();
});

test('once it has expired, it asks with what is there for that, and says so when there is nothing', async () => {
  const said: unknown[] = [];
  const logger = {
    ...silentLogger,
    warn: (values: { error?: Error }) => void said.push(values.error?.message),
  };
  let token: string | undefined;
  const afterExpiry = () => {
    if (token === undefined) throw new Error('no token');
    const credentials = staticCredentials({ ca: server.authority.certificate }, token);
    return new KubeClient({ server: server.url, credentials }, { userAgent: 'test' });
  };
  const { used, end } = manage('127.0.1.1', { afterExpiry, logger });
  await eventually(() => used.length === 1);
  away = true;
  await advance(69);
  await advanceSlowly(32);
  expect(said).toContain('no token');
  away = false;
  users.length = 0;
  await advanceSlowly(1);
  expect(users).toEqual([]);
  expect(said.filter((message) => message === 'no token')).toHaveLength(1);
  token = 'abcdef.0123456789abcdef';
  await advanceSlowly(1);
  await eventually(() => used.length === 2);
  expect(users[0]).toBe(`Bearer ${token}`);
  await end();
});

test('asks at once for another when it is told to', async () => {
  const { used, renewNow, end } = manage();
  await eventually(() => used.length === 1);
  renewNow();
  await eventually(() => used.length === 2);
  // And that is that.
  await advance(60);
  expect(asked).toHaveLength(2);
  away = true;
  renewNow();
  await eventually(() => users.length > 4);
  away = false;
  renewNow();
  await eventually(() => used.length === 3);
  await end();
});
