import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SubjectAccessReview, TokenReview } from '@hawser/api';
import type { AuditEvent } from '@hawser/audit';
import {
  answer,
  TestAuthority,
  type TestIdentity,
  type TestRequest,
  TestServer,
} from '@hawser/client/testing';
import { listenTls, type TlsListener } from '@hawser/http';
import { silentLogger } from '@hawser/observability';
import { encodePrivateKey, generateKeyPair, signCertificate } from '@hawser/pki';
import { FakeClock, systemClock } from '@hawser/runtime';
import type { ContainerRuntime } from '../container-runtime/container-runtime.ts';
import type { PodWorkers } from '../pods/pod-workers.ts';
import type { StatusManager } from '../pods/status-manager.ts';
import { makePod, makeRun, makeStatus } from '../testing/pods.ts';
import { RecordedAudit } from '../testing/recorded-audit.ts';
import { Authenticator } from './authenticator.ts';
import { Authorizer } from './authorizer.ts';
import { createKubeletApi } from './kubelet-api.ts';
import { KubeletMetrics } from './kubelet-metrics.ts';

const clock = new FakeClock(new Date());
const authority = new TestAuthority('cluster-ca');
const recorded = new RecordedAudit();
/** What was recorded when a command began. */
let eventsAtCommand: AuditEvent[] = [];
const STAMP = '2026-01-01T00:00:00.000000001Z';

/** The hub as far as reviews go: who a token is, and who may what. */
let hub: TestServer;
let listener: TlsListener;
let directory: string;

function review(request: TestRequest): object {
  const body = JSON.parse(request.body) as TokenReview & SubjectAccessReview;
  if (request.url.includes('tokenreviews')) {
    const authenticated = body.spec.token === 'good';
    return {
      ...body,
      status: { authenticated, user: authenticated ? { username: 'robot', groups: ['robots'] } : undefined },
    };
  }
  const { user, resourceAttributes } = body.spec as SubjectAccessReview['spec'];
  const allowed = user === 'hub' || (user === 'robot' && resourceAttributes?.subresource === 'pods');
  return { ...body, status: { allowed } };
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'api-'));
  const logPath = join(directory, '0.log');
  writeFileSync(logPath, `${STAMP} stdout F one\n${STAMP} stdout F two\n${STAMP} stderr F three\n`);
  hub = await TestServer.start((request, response) => answer(response, 201, review(request)));
  const client = hub.client();
  const run = makeRun('main', 'exited', { logPath });
  // The runtime and the workers only lend what a log request looks up.
  const runtime = {
    listContainers: async () => [run, makeRun('busy', 'running')],
    listPodSandbox: async () => [],
    containerStatus: async () => run,
    execSync: async () => {
      eventsAtCommand = await recorded.events();
      return { exitCode: 3, stdout: Buffer.from('secret'), stderr: Buffer.from('secret') };
    },
  } as unknown as ContainerRuntime;
  const status = {
    containerStatuses: [makeStatus('main', { running: {} }, { containerID: 'process://main-0' })],
  };
  const pod = makePod({}, status);
  const workers = { pods: [pod], find: (_: string, name: string) => (name === 'web' ? pod : undefined) };
  const nodeName = 'node-1';
  const onRequest = createKubeletApi({
    authenticator: new Authenticator(client, clock),
    authorizer: new Authorizer(client, nodeName, { allowedMs: 5 * 60_000, deniedMs: 30_000 }, clock),
    workers: workers as unknown as PodWorkers,
    statuses: { get: () => status } as unknown as StatusManager,
    runtime,
    audit: recorded.audit,
    metrics: new KubeletMetrics({
      nodeName,
      runtime,
      certificates: { client: () => undefined, server: () => undefined },
    }),
    configuration: { nodeName },
    summary: async () => ({ node: { nodeName } }),
    clock: systemClock,
    logger: silentLogger,
  });
  const material = { ...authority.issue('node-1'), clientCa: authority.certificate };
  listener = await listenTls(0, '127.0.0.1', { material, onRequest });
});

afterAll(async () => {
  await listener[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

interface Caller {
  identity?: TestIdentity;
  token?: string;
}

const HUB: Caller = { identity: authority.issue('hub') };

function get(
  path: string,
  { identity, token }: Caller = HUB,
  method = 'GET',
): Promise<{ code: number; text: string }> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const options = { host: '127.0.0.1', port: listener.address.port, path, headers, agent: false as const };
  return new Promise((resolve, reject) => {
    const request = https.request(
      { ...options, method, ca: authority.certificate, ...identity },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () => resolve({ code: response.statusCode!, text }));
      },
    );
    request.on('error', reject);
    request.end();
  });
}

/** A certificate of the cluster's CA that is not for clients. */
function serverOnly(): TestIdentity {
  const keyPair = generateKeyPair();
  const notBefore = new Date(Date.now() - 60_000);
  const notAfter = new Date(Date.now() + 60_000);
  const subject = { commonName: 'hub' };
  const cert = signCertificate({
    ca: authority.authority,
    publicKey: keyPair.publicKey,
    subject,
    usages: ['server auth'],
    notBefore,
    notAfter,
  });
  return { cert, key: encodePrivateKey(keyPair) };
}

describe('a caller of the kubelet', () => {
  const cases: { name: string; caller: Caller; path: string; code: number }[] = [
    { name: 'without any credential', caller: {}, path: '/healthz', code: 401 },
    { name: 'with a token that nobody knows', caller: { token: 'bad' }, path: '/pods', code: 401 },
    {
      name: 'with a certificate of another CA',
      caller: { identity: new TestAuthority().issue('hub') },
      path: '/pods',
      code: 401,
    },
    {
      name: 'with a certificate that is not for clients',
      caller: { identity: serverOnly() },
      path: '/pods',
      code: 401,
    },
    { name: 'with a certificate, and rights', caller: HUB, path: '/pods', code: 200 },
    {
      name: 'with a certificate, and no rights',
      caller: { identity: authority.issue('nobody') },
      path: '/pods',
      code: 403,
    },
    { name: 'with a token, and rights to this', caller: { token: 'good' }, path: '/pods', code: 200 },
    {
      name: 'with a token, and no rights to that',
      caller: { token: 'good' },
      path: '/containerLogs/default/web/main',
      code: 403,
    },
    {
      name: 'without rights is not told what exists',
      caller: { token: 'good' },
      path: '/nowhere',
      code: 403,
    },
    { name: 'with rights is', caller: HUB, path: '/nowhere', code: 404 },
  ];
  for (const { name, caller, path, code } of cases)
    test(`${name} gets ${code}`, async () => expect((await get(path, caller)).code).toBe(code));

  test('is asked after once, and again when the answer is old', async () => {
    const caller = { token: 'good' };
    const asked = () => hub.requests.length;
    await get('/pods', caller);
    const before = asked();
    await get('/pods', caller);
    expect(asked()).toBe(before);
    clock.advance(5 * 60_000 + 1);
    await get('/pods', caller);
    expect(asked()).toBeGreaterThan(before);
  });
});

describe('a container’s log', () => {
  const cases = [
    { query: '', code: 200, text: 'one\ntwo\nthree\n' },
    { query: '?tailLines=1', code: 200, text: 'three\n' },
    { query: '?stream=Stdout&tailLines=3', code: 200, text: 'one\ntwo\n' },
    { query: '?timestamps=true&limitBytes=34', code: 200, text: `${STAMP} one` },
    { query: '?follow=true', code: 200, text: 'one\ntwo\nthree\n' },
    { query: '?tailLines=-1', code: 400, text: 'tailLines must be a number, at least 0: "-1"' },
    { query: '?sinceTime=yesterday', code: 400, text: 'sinceTime is no time: yesterday' },
    {
      query: '?previous=true',
      code: 400,
      text: 'previous terminated container "main" in pod "web" not found',
    },
  ];
  for (const { query, code, text } of cases)
    test(`${query || 'as it is'}: ${code}`, async () => {
      expect(await get(`/containerLogs/default/web/main${query}`)).toEqual({ code, text });
    });

  test('of what is not there is 404', async () => {
    expect((await get('/containerLogs/default/none/main')).code).toBe(404);
    expect((await get('/containerLogs/default/web/none')).code).toBe(404);
  });
});

describe('the audit trail', () => {
  const cases = [
    {
      name: 'of a read',
      path: '/pods?of=read',
      caller: HUB,
      event: {
        kind: 'Event',
        apiVersion: 'audit.k8s.io/v1',
        level: 'Metadata',
        stage: 'ResponseComplete',
        verb: 'get',
        user: { username: 'hub', groups: expect.arrayContaining(['system:authenticated']) },
        sourceIPs: ['127.0.0.1'],
        objectRef: { resource: 'nodes', name: 'node-1', apiVersion: 'v1', subresource: 'pods' },
        responseStatus: { metadata: {}, code: 200 },
        annotations: { 'authorization.k8s.io/decision': 'allow' },
      },
    },
    {
      name: 'of a stranger',
      path: '/pods?of=stranger',
      caller: {},
      event: {
        verb: 'get',
        user: { username: '' },
        responseStatus: { status: 'Failure', reason: 'Unauthorized', message: 'Unauthorized', code: 401 },
      },
    },
    {
      name: 'of a token that may not',
      path: '/containerLogs/default/web/main?of=robot',
      caller: { token: 'good' },
      event: {
        user: { username: 'robot', groups: ['robots', 'system:authenticated'] },
        objectRef: { resource: 'pods', namespace: 'default', name: 'web', subresource: 'log' },
        responseStatus: {
          status: 'Failure',
          reason: 'Forbidden',
          message: 'Forbidden (user=robot, verb=get, resource=nodes, subresource(s)=[proxy])',
          code: 403,
        },
        annotations: { 'authorization.k8s.io/decision': 'forbid' },
      },
    },
    {
      name: 'of a path that is not there',
      path: '/nowhere?of=hub',
      caller: HUB,
      event: { responseStatus: { reason: 'NotFound', message: '404 page not found', code: 404 } },
    },
    {
      name: 'of a log',
      path: '/containerLogs/default/web/main?of=log',
      caller: HUB,
      event: { stage: 'ResponseComplete', objectRef: { subresource: 'log' }, responseStatus: { code: 200 } },
    },
  ];
  for (const { name, path, caller, event } of cases)
    test(`${name} has one event`, async () => {
      await get(path, caller);
      const events = await recorded.eventsOf(path, 1);
      expect(events).toHaveLength(1);
      expect(events[0]).toMatchObject(event as object);
    });

  test('of a log that is followed tells its beginning and its end', async () => {
    const path = '/containerLogs/default/web/main?follow=true&of=follower';
    await get(path);
    const [started, complete] = await recorded.eventsOf(path, 2);
    expect([started!.stage, complete!.stage]).toEqual(['ResponseStarted', 'ResponseComplete']);
    expect(complete!.auditID).toBe(started!.auditID);
  });

  test('has a command that is run before it runs, and nothing that it said', async () => {
    const path = '/run/default/web/busy?cmd=true';
    expect((await get(path, HUB, 'POST')).code).toBe(500);
    expect(eventsAtCommand.filter(({ requestURI }) => requestURI === path)).toMatchObject([
      { stage: 'RequestReceived', verb: 'create', user: { username: 'hub' } },
    ]);
    const [, complete] = await recorded.eventsOf(path, 2);
    expect(complete).toMatchObject({
      stage: 'ResponseComplete',
      objectRef: { resource: 'pods', name: 'web', subresource: 'exec' },
      responseStatus: { code: 500, message: 'the command exited with 3' },
    });
    expect(JSON.stringify(complete)).not.toContain('secret');
  });
});

test('what the kubelet tells of itself', async () => {
  expect(JSON.parse((await get('/pods')).text)).toMatchObject({
    kind: 'PodList',
    items: [{ metadata: { name: 'web' } }],
  });
  expect(JSON.parse((await get('/configz')).text)).toEqual({ kubeletconfig: { nodeName: 'node-1' } });
  expect(JSON.parse((await get('/stats/summary')).text)).toEqual({ node: { nodeName: 'node-1' } });
  expect((await get('/metrics')).text).toContain(
    'kubelet_http_requests_total{method="GET",path="pods",code="200"}',
  );
  expect((await get('/logs/')).code).toBe(405);
});
