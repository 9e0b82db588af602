import { afterAll, beforeAll, describe, expect } from 'bun:test';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import { type Duplex, PassThrough } from 'node:stream';
import { acceptRemoteCommand, servePortForward } from '@hawser/streams';
import type { Cluster } from '../../cluster/cluster.ts';
import { shareCluster } from '../../cluster/cluster-suite.ts';
import { eventually } from '../../cluster/eventually.ts';
import { expectFailure, expectJson } from '../../cluster/expectations.ts';
import { authorityOf, issue } from '../../cluster/identities.ts';
import { readOutbox } from '../../cluster/outbox.ts';
import { StandInKubelet } from '../../cluster/stand-in-kubelet.ts';
import {
  requestUpgrade,
  SPDY_HEADERS,
  type UpgradeOutcome,
  WEB_SOCKET_HEADERS,
} from '../../cluster/upgrade-request.ts';
import { type Json, type WireClient, WireResponse } from '../../cluster/wire-client.ts';

const hub = shareCluster();
let kubelet: StandInKubelet;
const PODS = '/api/v1/namespaces/default/pods';

const container = (name: string) => ({ name, image: 'host', command: ['true'] });
const podOf = (name: string, spec: Json, metadata: Json = {}): Json => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...metadata },
  spec: { containers: [container('main')], ...spec },
});

beforeAll(async () => {
  const { cluster } = hub;
  kubelet = await StandInKubelet.start(cluster, 'stood-in', '127.0.1.71', {
    declaredFeatures: ['ExtendWebSocketsToKubelet'],
  });
  await cluster.admin.post('/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  const on = { nodeName: kubelet.nodeName };
  const two = { ...on, containers: [container('a'), container('b')] };
  const chosen = { annotations: { 'kubectl.kubernetes.io/default-container': 'b' } };
  for (const pod of [
    podOf('one', on),
    podOf('two', two),
    podOf('chosen', two, chosen),
    podOf('unscheduled', {}),
    podOf('lost', { nodeName: 'nowhere' }),
  ])
    expectJson(await cluster.admin.post(PODS, pod), 201);
});
afterAll(() => kubelet?.[Symbol.asyncDispose]());

/** A plain answer to a request to upgrade. */
const refusal = ({ status, headers, text }: UpgradeOutcome) =>
  new WireResponse(status, headers, Buffer.from(text), []);

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('what the kubelet is asked', () => {
  const cases: { name: string; method?: string; path: string; url: string }[] = [
    {
      name: 'exec with every stream',
      path: 'one/exec?stdin=true&stdout=1&stderr=true&tty=true&command=sh&command=-c&command=echo+a%26b',
      url: '/exec/default/one/main?input=1&output=1&error=1&tty=1&command=sh&command=-c&command=echo+a%26b',
    },
    {
      name: 'exec without what is false',
      path: 'one/exec?stdin=false&stdout=true&tty=0&command=id',
      url: '/exec/default/one/main?output=1&command=id',
    },
    {
      name: 'exec in a container by name',
      path: 'two/exec?container=b&stdout=1&command=id',
      url: '/exec/default/two/b?output=1&command=id',
    },
    {
      name: "exec in the pod's default container",
      path: 'chosen/exec?stdout=1&command=id',
      url: '/exec/default/chosen/b?output=1&command=id',
    },
    { name: 'attach', path: 'one/attach?stdout=1&command=no', url: '/attach/default/one/main?output=1' },
    { name: 'port-forward', path: 'one/portforward', url: '/portForward/default/one' },
    {
      name: 'port-forward with ports',
      path: 'one/portforward?ports=80&ports=8080',
      url: '/portForward/default/one?port=80%2C8080',
    },
  ];
  for (const { name, path, url } of cases)
    hub.test(`${name}`, async ({ admin }) => {
      const { status, socket } = await requestUpgrade(admin, 'POST', `${PODS}/${path}`);
      expect(status).toBe(101);
      expect(kubelet.last).toMatchObject({ method: 'POST', url });
      socket!.destroy();
    });

  hub.test('has none of what the caller is to the hub, and who calls', async ({ admin }) => {
    const { socket } = await requestUpgrade(admin, 'GET', `${PODS}/one/exec?stdout=1&command=id`, {
      ...WEB_SOCKET_HEADERS,
      connection: 'Upgrade, X-Hop',
      'x-hop': 'one connection only',
      'Impersonate-User': 'kubernetes-admin',
      'Impersonate-Group': 'system:masters',
      cookie: 'session=secret',
      'x-remote-user': 'admin',
      'x-kept': 'kept',
      'x-forwarded-for': '192.0.2.1',
    });
    const { headers } = kubelet.last;
    expect(headers).toMatchObject({
      upgrade: 'websocket',
      connection: 'Upgrade',
      'x-kept': 'kept',
      'x-forwarded-for': '192.0.2.1, 127.0.0.1',
      'sec-websocket-protocol': 'v5.channel.k8s.io',
    });
    for (const name of [
      'authorization',
      'cookie',
      'impersonate-user',
      'impersonate-group',
      'x-remote-user',
      'x-hop',
    ])
      expect(headers[name]).toBeUndefined();
    socket!.destroy();
  });
});

describe('refusals before the upgrade', () => {
  const cases: { name: string; path: string; code: number; reason: string; message: string }[] = [
    {
      name: 'of a pod that is not there',
      path: 'none/exec',
      code: 404,
      reason: 'NotFound',
      message: 'pods "none" not found',
    },
    {
      name: 'of a container that is not there',
      path: 'one/exec?container=x',
      code: 400,
      reason: 'BadRequest',
      message: 'container x is not valid for pod one',
    },
    {
      name: 'of one among several containers',
      path: 'two/attach',
      code: 400,
      reason: 'BadRequest',
      message: 'a container name must be specified for pod two, choose one of: [a b]',
    },
    {
      name: 'of a pod without a node',
      path: 'unscheduled/portforward',
      code: 400,
      reason: 'BadRequest',
      message: 'pod unscheduled does not have a host assigned',
    },
    {
      name: 'of a node that is not there',
      path: 'lost/exec',
      code: 404,
      reason: 'NotFound',
      message: 'nodes "nowhere" not found',
    },
    {
      name: 'of a port that is none',
      path: 'one/portforward?ports=http',
      code: 400,
      reason: 'BadRequest',
      message: 'cannot convert to []int32: strconv.ParseUint: parsing "http": invalid syntax',
    },
  ];
  for (const { name, path, code, reason, message } of cases)
    hub.test(`${name} are a Status over plain HTTP, and the end of the connection`, async ({ admin }) => {
      const outcome = await requestUpgrade(admin, 'POST', `${PODS}/${path}`);
      expect(expectFailure(refusal(outcome), code, reason).message).toBe(message);
      expect(outcome.headers).toMatchObject({ connection: 'close', 'content-type': 'application/json' });
    });

  hub.test('of a request that asks for no upgrade', async ({ admin }) => {
    const status = expectFailure(await admin.post(`${PODS}/one/exec?command=id`, ''), 400, 'BadRequest');
    expect(status.message).toBe('Upgrade request required');
  });

  hub.test('of a request with a body', async ({ admin }) => {
    const outcome = await requestUpgrade(admin, 'POST', `${PODS}/one/exec`, {
      ...SPDY_HEADERS,
      'content-length': '5',
    });
    expectFailure(refusal(outcome), 400, 'BadRequest');
  });

  hub.test('by the kubelet come as they are', async ({ admin }) => {
    kubelet.answer = { code: 404, body: 'container not found ("main")' };
    const outcome = await requestUpgrade(admin, 'POST', `${PODS}/one/exec?stdout=1&command=id`);
    kubelet.answer = 'upgrade';
    expect(outcome).toMatchObject({ status: 404, text: 'container not found ("main")' });
    expect(outcome.headers['content-type']).toBe('text/plain');
  });

  hub.test('other resources answer as if no upgrade had been asked for', async ({ admin }) => {
    const outcome = await requestUpgrade(admin, 'GET', `${PODS}/one`);
    expect(expectJson(refusal(outcome)).metadata.name).toBe('one');
  });
});

describe('a watch', () => {
  hub.test('whose client asks for a WebSocket is served as any other', async ({ admin }) => {
    const { server, identity } = admin;
    const { ca, cert, key } = identity;
    const request = https.request(`${server}${PODS}?watch=true&fieldSelector=metadata.name=one`, {
      ...{ headers: WEB_SOCKET_HEADERS, ca, cert, key, agent: false },
    });
    request.end();
    const [response] = await once(request, 'response');
    expect(response.statusCode).toBe(200);
    expect(JSON.parse(String((await once(response, 'data'))[0]))).toMatchObject({
      type: 'ADDED',
      object: { metadata: { name: 'one' } },
    });
    request.on('error', () => {}).destroy();
  });
});

describe('who may', () => {
  const verbs: { verbs: string[]; subresource: string; may: boolean }[] = [
    'exec',
    'attach',
    'portforward',
  ].flatMap((subresource) => [
    { verbs: ['get'], subresource, may: false },
    { verbs: ['get', 'list', 'watch', 'update', 'patch', 'delete'], subresource, may: false },
    { verbs: ['create'], subresource, may: true },
  ]);
  for (const { verbs: granted, subresource, may } of verbs)
    for (const method of ['GET', 'POST'])
      hub.test(`${granted} ${subresource} ${may ? 'may' : 'may not'} by ${method}`, async (cluster) => {
        const client = await clientWith(cluster, granted, `pods/${subresource}`);
        const headers = method === 'GET' ? WEB_SOCKET_HEADERS : SPDY_HEADERS;
        const query = 'stdout=1&command=id';
        const outcome = await requestUpgrade(client, method, `${PODS}/one/${subresource}?${query}`, headers);
        outcome.socket?.destroy();
        if (may) return expect(outcome.status).toBe(101);
        const status = expectFailure(refusal(outcome), 403, 'Forbidden');
        expect(status.message).toContain(
          `cannot create resource "pods/${subresource}" in API group "" in the namespace`,
        );
      });

  hub.test('a stranger may not', async (cluster) => {
    const outcome = await requestUpgrade(cluster.wire(), 'POST', `${PODS}/one/exec`);
    expectFailure(refusal(outcome), 403, 'Forbidden');
    const wrong = await requestUpgrade(cluster.wire({ token: 'wrong' }), 'POST', `${PODS}/one/exec`);
    expectFailure(refusal(wrong), 401, 'Unauthorized');
  });
});

let users = 0;

/** Someone with these verbs and nothing else. */
async function clientWith(cluster: Cluster, verbs: readonly string[], resource: string): Promise<WireClient> {
  users += 1;
  const name = `user-${users}`;
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

const ONE_AFTER_ANOTHER = 1000;

/** How many streams of exec the hub says that it carries. */
async function streamsOf({ admin }: Cluster): Promise<number> {
  const { text } = await admin.get('/metrics');
  return Number(/^hawser_apiserver_streams\{resource="pods",subresource="exec"\} (\d+)$/m.exec(text)?.[1]);
}

/** Writes for as long as the other side takes it. @returns how many bytes. */
async function writeUntilHeldBack(socket: Duplex, chunk: Buffer): Promise<number> {
  let written = 0;
  while (written < 512 * 1024 * 1024) {
    written += chunk.length;
    if (socket.write(chunk)) continue;
    const drained = once(socket, 'drain').then(() => true);
    if (!(await Promise.race([drained, Bun.sleep(2_000).then(() => false)]))) break;
  }
  return written;
}

describe('the stream', () => {
  const open = (admin: WireClient) => requestUpgrade(admin, 'POST', `${PODS}/one/exec?stdin=1&command=cat`);

  hub.test('carries every byte both ways, and its end', async ({ admin }) => {
    const { socket, headers } = await open(admin);
    expect(headers['x-chosen']).toBe('yes');
    expect(headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
    const sent = randomBytes(8 * 1024 * 1024);
    const chunks: Buffer[] = [];
    let received = 0;
    socket!.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      received += chunk.length;
      if (received === sent.length + 5) kubelet.last.socket!.end();
    });
    const ended = once(socket!, 'end');
    socket!.write(sent);
    await ended;
    const bytes = Buffer.concat(chunks);
    expect(bytes.subarray(0, 5).toString()).toBe('hello');
    expect(sha256(bytes.subarray(5))).toBe(sha256(sent));
  });

  hub.test("a client's disappearance ends the kubelet's connection", async ({ admin }) => {
    const { socket } = await open(admin);
    const theirs = kubelet.last.socket!;
    const closed = once(theirs, 'close');
    socket!.destroy();
    await closed;
  });

  hub.test("a kubelet's disappearance ends the client's connection", async ({ admin }) => {
    const { socket } = await open(admin);
    const closed = once(socket!, 'close');
    socket!.resume();
    kubelet.last.socket!.destroy();
    await closed;
  });

  hub.test('is held back by fifty clients that do not read, not kept in memory', async (cluster) => {
    const residentBytes = () => {
      const status = readFileSync(`/proc/${cluster.service('apiserver').pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)![1]) * 1024;
    };
    const sockets = await Promise.all(Array.from({ length: 50 }, () => open(cluster.admin)));
    const before = residentBytes();
    const chunk = Buffer.alloc(64 * 1024);
    const theirs = kubelet.seen.slice(-50).map(({ socket }) => socket!);
    for (const { socket } of sockets) socket!.pause();
    const written = await Promise.all(theirs.map((socket) => writeUntilHeldBack(socket, chunk)));
    expect(Math.max(...written)).toBeLessThan(64 * 1024 * 1024);
    const grown = residentBytes() - before;
    expect(grown).toBeLessThan(64 * 1024 * 1024);
    for (const { socket } of sockets) socket!.destroy();
  });

  hub.test('leaves nothing behind, however many there were', async (cluster) => {
    const descriptors = () => readdirSync(`/proc/${cluster.service('apiserver').pid}/fd`).length;
    const session = async () => {
      const { status, socket } = await open(cluster.admin);
      expect(status).toBe(101);
      socket!.resume().write('x');
      socket!.end();
      await once(socket!, 'close');
    };
    await session();
    const before = await eventually(async () => (await streamsOf(cluster)) === 0 && descriptors());
    for (let i = 0; i < ONE_AFTER_ANOTHER; i += 1) await session();
    await Promise.all(Array.from({ length: 100 }, session));
    await eventually(async () => (await streamsOf(cluster)) === 0);
    // The administrator's connections are kept, and so are SQLite's files.
    await eventually(() => descriptors() <= before + 5);
  });

  hub.test(
    'is audited when it begins, before the client hears of it, and when it has ended',
    async (cluster) => {
      const { socket, headers } = await open(cluster.admin);
      const events = () =>
        readOutbox(cluster.layout)
          .map(({ event }) => event)
          .filter(({ auditID }) => auditID === headers['audit-id']);
      const [started, ...others] = events();
      expect(others).toEqual([]);
      expect(started).toMatchObject({
        stage: 'ResponseStarted',
        verb: 'create',
        responseStatus: { code: 101 },
        objectRef: { resource: 'pods', subresource: 'exec', namespace: 'default', name: 'one' },
      });
      let received = 0;
      socket!.on('data', (chunk: Buffer) => {
        received += chunk.length;
      });
      socket!.write('12345');
      await eventually(() => received === 10);
      socket!.destroy();
      const complete = await eventually(() => events().find(({ stage }) => stage === 'ResponseComplete')!);
      expect(complete).toMatchObject({
        responseStatus: { code: 101 },
        annotations: { 'hawser.dev/received-bytes': '5', 'hawser.dev/sent-bytes': '10' },
      });
    },
  );

  hub.test('is counted', async ({ admin }) => {
    const gauge = () => admin.get('/metrics').then(({ text }) => text);
    const line = (count: number) => `hawser_apiserver_streams{resource="pods",subresource="exec"} ${count}`;
    await eventually(async () => (await gauge()).includes(line(0)));
    const { socket } = await open(admin);
    await eventually(async () => (await gauge()).includes(line(1)));
    socket!.destroy();
    await eventually(async () => (await gauge()).includes(line(0)));
    expect(await gauge()).toMatch(
      /apiserver_request_total\{verb="CREATE",resource="pods",subresource="exec",code="101"\} \d/,
    );
  });
});

describe('a kubelet that speaks SPDY alone', () => {
  let old: StandInKubelet;
  beforeAll(async () => {
    const { cluster } = hub;
    old = await StandInKubelet.start(cluster, 'old', '127.0.1.73');
    expectJson(await cluster.admin.post(PODS, podOf('old', { nodeName: 'old' })), 201);
    await cluster.admin.patch(`${PODS}/old/status`, 'merge', { status: { phase: 'Running' } });
    old.serve = async (request, socket, head) => {
      old.seen.push({ method: request.method!, url: request.url!, headers: request.headers });
      if (request.url!.startsWith('/portForward')) return servePortForward(request, socket, head, echoOn);
      const asked = new URL(request.url!, 'https://kubelet').searchParams;
      const options = {
        stdin: asked.has('input'),
        stdout: asked.has('output'),
        stderr: asked.has('error'),
        tty: asked.has('tty'),
      };
      const streams = await acceptRemoteCommand(request, socket, head, options);
      streams.stderr?.write('to stderr');
      if (streams.stdin !== undefined) for await (const chunk of streams.stdin) streams.stdout?.write(chunk);
      await streams.finish({
        metadata: {},
        status: 'Failure',
        reason: 'NonZeroExitCode',
        message: 'command terminated with non-zero exit code',
        details: { causes: [{ reason: 'ExitCode', message: '7' }] },
      });
    };
  });
  afterAll(() => old?.[Symbol.asyncDispose]());

  /** A port that sends back what it hears; another is refused. */
  const echoOn = async (port: number) => {
    if (port !== 7007) throw new Error(`nobody listens on ${port}`);
    return new PassThrough();
  };

  for (const version of ['1.36', '1.27'] as const) {
    hub.test(`is spoken with in SPDY when kubectl ${version} runs exec`, async (cluster) => {
      const text = 'line\n'.repeat(100_000);
      const result = await cluster.kubectlWithInput(version, text, 'exec', '-i', 'old', '--', 'cat', 'a b');
      expect({ ...result, stdout: sha256(Buffer.from(result.stdout)) }).toEqual({
        stdout: sha256(Buffer.from(text)),
        stderr: 'to stderrcommand terminated with exit code 7\n',
        exitCode: 7,
      });
      expect(old.last).toMatchObject({
        method: 'POST',
        url: '/exec/default/old/main?input=1&output=1&error=1&command=cat&command=a+b',
      });
      expect(old.last.headers).toMatchObject({ upgrade: 'SPDY/3.1' });
      expect(old.last.headers['sec-websocket-key']).toBeUndefined();
    });

    hub.test(`is spoken with in SPDY when kubectl ${version} forwards a port`, async (cluster) => {
      await using forward = cluster.startKubectl(version, 'port-forward', 'old', ':7007', ':7008');
      const ports = await eventually(() => {
        const found = [...forward.stdout.matchAll(/127\.0\.0\.1:(\d+) ->/g)].map(([, port]) => Number(port));
        return found.length === 2 && found;
      });
      for (const text of ['first', 'second']) expect(await echoed(ports[0]!, text)).toBe(text);
      expect(await echoed(ports[1]!, 'x')).toBe('');
      await eventually(() => forward.stderr.includes('nobody listens on 7008'));
      expect(old.last.headers).toMatchObject({ upgrade: 'SPDY/3.1' });
    });
  }

  hub.test('refuses in its own words', async ({ admin }) => {
    const { serve } = old;
    old.serve = undefined;
    old.answer = { code: 404, body: 'no such container' };
    const outcome = await requestUpgrade(admin, 'GET', `${PODS}/old/exec?stdout=1`, WEB_SOCKET_HEADERS);
    old.serve = serve;
    expect(outcome).toMatchObject({ status: 404, text: 'no such container' });
  });

  hub.test('gets the older WebSockets as they are', async ({ admin }) => {
    const { serve } = old;
    old.serve = undefined;
    old.answer = 'upgrade';
    const headers = { ...WEB_SOCKET_HEADERS, 'sec-websocket-protocol': 'v4.channel.k8s.io' };
    const { status, socket } = await requestUpgrade(admin, 'GET', `${PODS}/old/exec?stdout=1`, headers);
    old.serve = serve;
    expect(status).toBe(101);
    expect(old.last.headers).toMatchObject({
      upgrade: 'websocket',
      'sec-websocket-protocol': 'v4.channel.k8s.io',
    });
    socket!.destroy();
  });
});

/** What comes back through a forwarded port. */
async function echoed(port: number, text: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  const chunks: Buffer[] = [];
  socket.on('error', () => {}).on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = once(socket, 'close');
  socket.end(text);
  await closed;
  return Buffer.concat(chunks).toString();
}
